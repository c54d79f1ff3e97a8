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

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/demo-dev/workloads" }
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

run "only_the_own_image_and_log_are_used" {
  command = plan

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.execution.statement :
      !contains(statement.resources, "*") || toset(statement.actions) == toset(["ecr:GetAuthorizationToken"])
    ])
    error_message = "the role has more permissions than to pull its image and write its log"
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.execution_trust.statement : one(statement.condition).variable == "aws:SourceAccount"])
    error_message = "a service could assume the role for another account"
  }
}
