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

run "logs_are_encrypted_and_expire" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.workloads.kms_key_id == aws_kms_key.data.arn
    error_message = "log lines are not encrypted with the key of this environment"
  }

  assert {
    condition     = aws_cloudwatch_log_group.workloads.retention_in_days == 30
    error_message = "the retention of log lines differs from log_days"
  }

  # Without this statement, CloudWatch refuses the log group.
  assert {
    condition     = anytrue([for statement in data.aws_iam_policy_document.key.statement : statement.sid == "Logs" && anytrue([for c in statement.condition : c.values[0] == "arn:aws:logs:eu-west-1:123456789012:*"])])
    error_message = "CloudWatch cannot use the key for the logs of this account, or can use it for other accounts"
  }
}

run "an_unsupported_retention_is_refused" {
  command = plan

  variables {
    log_days = 45
  }

  expect_failures = [var.log_days]
}
