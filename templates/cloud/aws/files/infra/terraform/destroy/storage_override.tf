# Only `make infra-destroy` copies this file into the root module.

resource "aws_s3_bucket" "artifacts" {
  force_destroy = true

  lifecycle {
    prevent_destroy = false
  }
}

resource "aws_s3_bucket" "access_logs" {
  force_destroy = true
}

resource "aws_kms_key" "data" {
  lifecycle {
    prevent_destroy = false
  }
}
