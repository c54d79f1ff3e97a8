# Only `make infra-destroy` copies this file into the root module.

resource "aws_secretsmanager_secret" "value" {
  recovery_window_in_days = 0
}
