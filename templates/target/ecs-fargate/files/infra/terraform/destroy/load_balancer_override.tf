# Copied into the root by `make infra-destroy` alone.

resource "aws_lb" "service" {
  enable_deletion_protection = false
}
