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

run "the_database_is_private_and_encrypted" {
  command = plan

  assert {
    condition     = !aws_db_instance.main.publicly_accessible && aws_db_instance.main.storage_encrypted && aws_db_instance.main.kms_key_id == aws_kms_key.data.arn
    error_message = "the database is reachable from outside, or is not encrypted with the key of this environment"
  }

  assert {
    condition     = anytrue([for parameter in aws_db_parameter_group.main.parameter : parameter.name == "rds.force_ssl" && parameter.value == "1"])
    error_message = "the database accepts connections without TLS"
  }

  assert {
    condition     = aws_db_instance.main.manage_master_user_password && aws_db_instance.main.master_user_secret_kms_key_id == aws_kms_key.data.arn
    error_message = "the password would be in the state, or encrypted with another key"
  }
}

run "an_unprotected_database_can_be_destroyed" {
  command = plan

  assert {
    condition     = !aws_db_instance.main.deletion_protection && aws_db_instance.main.skip_final_snapshot && !aws_db_instance.main.multi_az
    error_message = "infra-destroy would fail, or leave a snapshot that is billed"
  }

  assert {
    condition     = aws_db_instance.main.backup_retention_period >= 1
    error_message = "the database has no backups"
  }
}

run "a_protected_database_survives_a_lost_zone_and_a_deletion" {
  command = plan

  variables {
    is_guarded = true
  }

  assert {
    condition     = aws_db_instance.main.deletion_protection && !aws_db_instance.main.skip_final_snapshot && aws_db_instance.main.multi_az
    error_message = "the protected database does not survive the loss of a zone or an accidental deletion"
  }

  assert {
    condition     = !aws_db_instance.main.delete_automated_backups
    error_message = "backups would be deleted with the database"
  }
}

run "backups_cannot_be_switched_off" {
  command = plan

  variables {
    database_backup_days = 0
  }

  expect_failures = [var.database_backup_days]
}
