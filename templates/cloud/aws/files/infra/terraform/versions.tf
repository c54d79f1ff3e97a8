terraform {
  # 1.11 is the first version whose S3 backend locks the state without another service.
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.21"
    }
  }

  # scripts/infra.sh sets bucket and region from config/<env>.yaml.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
