# Only `make infra-destroy` copies this file into the root module. A database in the protected
# environment still leaves a final snapshot.

resource "aws_db_instance" "main" {
  deletion_protection = false

  lifecycle {
    prevent_destroy = false
  }
}
