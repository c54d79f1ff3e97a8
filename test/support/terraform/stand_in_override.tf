# Beside a generated root, for tests: the provider that is mirrored, and addresses that a server without DNS understands.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }

  backend "s3" {
    use_path_style = true
    use_lockfile   = true
  }
}

provider "aws" {
  s3_use_path_style = true
}
