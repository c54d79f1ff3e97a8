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

run "a_shell_in_a_task_is_recorded" {
  command = plan

  assert {
    condition     = one(one(aws_ecs_cluster.main.configuration).execute_command_configuration).logging == "OVERRIDE"
    error_message = "shell sessions in a task would not be recorded"
  }
}

run "the_guarded_environment_is_watched" {
  command = plan

  variables {
    is_guarded = true
  }

  assert {
    condition     = one(aws_ecs_cluster.main.setting).value == "enabled"
    error_message = "tasks of the protected environment have no metrics"
  }
}
