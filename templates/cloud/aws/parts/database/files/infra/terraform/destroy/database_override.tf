# Copied into the root by `make infra-destroy` alone. A guarded database leaves its final snapshot.

resource "aws_db_instance" "main" {
  deletion_protection = false

  lifecycle {
    prevent_destroy = false
  }
}
