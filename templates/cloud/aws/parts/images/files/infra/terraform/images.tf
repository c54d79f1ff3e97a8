# Images of this environment. A tag stays what it is; what no deployment names any more goes.

locals {
  # Before the first image there is nothing to run: workloads are then made without a task.
  has_image = var.image != ""
  image     = local.has_image ? var.image : "${aws_ecr_repository.image.repository_url}:none"
}

resource "aws_ecr_repository" "image" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  # Images can be built again; the ones that run are kept by their digest in the services.
  force_delete = !var.is_guarded

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.data.arn
  }
}

resource "aws_ecr_lifecycle_policy" "image" {
  repository = aws_ecr_repository.image.name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "Layers of pushes that did not end"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "Enough to go back"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
        action       = { type = "expire" }
      },
    ]
  })
}

variable "image" {
  description = "The image that workloads run, by tag or digest; empty before the first one is pushed."
  type        = string
  default     = ""

  validation {
    condition     = !endswith(var.image, ":latest")
    error_message = "Name an image that stays what it is: a digest, or a tag other than latest."
  }
}

output "image" {
  description = "The image that workloads run; empty before the first deployment."
  value       = var.image
}

output "image_repository" {
  description = "Where images of this environment are pushed."
  value       = aws_ecr_repository.image.repository_url
}
