# The mock provider needs no account, and sets computed values already in the plan.
mock_provider "aws" {
  override_during = plan

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::a-bucket" }
  }

  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:eu-west-1:123456789012:repository/demo-dev"
      repository_url = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev"
    }
  }
}

variables {
  environment            = "dev"
  account_id             = "123456789012"
  name                   = "demo-dev"
  region                 = "eu-west-1"
  is_guarded             = false
  artifact_versions_days = 14
  run_days               = 60
  budget_usd             = 100
  budget_emails          = []
}

run "image_tags_are_immutable" {
  command = plan

  assert {
    condition     = aws_ecr_repository.image.image_tag_mutability == "IMMUTABLE"
    error_message = "a tag could be moved to another image"
  }

  assert {
    condition     = one(aws_ecr_repository.image.image_scanning_configuration).scan_on_push
    error_message = "images are not scanned"
  }

  assert {
    condition     = one(aws_ecr_repository.image.encryption_configuration).kms_key == aws_kms_key.data.arn
    error_message = "images are not encrypted with the key of this environment"
  }
}

run "before_the_first_image_nothing_runs" {
  command = plan

  assert {
    condition     = !local.has_image && output.image == ""
    error_message = "a workload would start without an image"
  }
}

run "a_tag_that_moves_is_refused" {
  command = plan

  variables {
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev:latest"
  }

  expect_failures = [var.image]
}

# Workloads of other stages append their name to the tag.
run "a_digest_is_refused" {
  command = plan

  variables {
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  }

  expect_failures = [var.image]
}

run "images_of_each_kind_stay_for_30_commits" {
  command = plan

  assert {
    condition = alltrue([
      for rule in jsondecode(aws_ecr_lifecycle_policy.image.policy).rules :
      rule.selection.countNumber == 30 if rule.selection.tagStatus == "tagged"
    ])
    error_message = "the images of one kind expire earlier than those of another"
  }

  # This rule also counts the images of the rules above it.
  assert {
    condition = one([
      for rule in jsondecode(aws_ecr_lifecycle_policy.image.policy).rules :
      rule.selection.countNumber if rule.selection.tagStatus == "any"
    ]) == 30 * (length(jsondecode(aws_ecr_lifecycle_policy.image.policy).rules) - 1)
    error_message = "images of the service expire after fewer commits"
  }
}
