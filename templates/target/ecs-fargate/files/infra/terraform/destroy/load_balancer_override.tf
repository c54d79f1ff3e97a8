# Only `make infra-destroy` copies this file into the root module.

resource "aws_lb" "service" {
  enable_deletion_protection = false
}
