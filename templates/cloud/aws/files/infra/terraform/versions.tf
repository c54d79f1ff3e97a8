terraform {
  # 1.11 is the first whose S3 backend locks the state by itself.
  required_version = ">= 1.11, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.21"
    }
  }

  # Bucket and region come from config/<env>.yaml (scripts/infra.sh).
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}
