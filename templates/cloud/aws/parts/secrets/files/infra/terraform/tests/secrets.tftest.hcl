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

run "secrets_are_encrypted_and_can_be_brought_back" {
  command = plan

  variables {
    secret_recovery_days = 30
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.value : secret.kms_key_id == aws_kms_key.data.arn])
    error_message = "a secret is not encrypted with the key of this environment"
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.value : secret.recovery_window_in_days == 30])
    error_message = "a deleted secret could not be restored within its recovery period"
  }
}
