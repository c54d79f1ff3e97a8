# Only `make infra-destroy` copies this file into the root module.

resource "aws_ecr_repository" "image" {
  force_delete = true
}
