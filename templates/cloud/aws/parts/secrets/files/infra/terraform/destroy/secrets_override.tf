# Copied into the root by `make infra-destroy` alone.

resource "aws_secretsmanager_secret" "value" {
  recovery_window_in_days = 0
}
