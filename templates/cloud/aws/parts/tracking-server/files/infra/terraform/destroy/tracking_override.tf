# Only `make infra-destroy` copies this file into the root module.

resource "aws_ecr_repository" "tracking" {
  force_delete = true
}

resource "aws_lb" "tracking" {
  enable_deletion_protection = false
}

# A secret with a recovery window keeps its name, and the next `make infra-apply` could not create it again.
resource "aws_secretsmanager_secret" "tracking" {
  recovery_window_in_days = 0
}
