# Invariants of the plan. The mock provider needs no account.

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

run "artifacts_are_closed_encrypted_and_versioned" {
  command = plan

  assert {
    condition     = aws_s3_bucket.artifacts.bucket == "demo-dev-artifacts-123456789012"
    error_message = "config/<env>.yaml names a different bucket"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.artifacts.block_public_acls,
      aws_s3_bucket_public_access_block.artifacts.block_public_policy,
      aws_s3_bucket_public_access_block.artifacts.ignore_public_acls,
      aws_s3_bucket_public_access_block.artifacts.restrict_public_buckets,
    ])
    error_message = "the bucket could be opened to the public"
  }

  assert {
    condition     = aws_s3_bucket_versioning.artifacts.versioning_configuration[0].status == "Enabled"
    error_message = "an overwritten model could not be restored"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.artifacts.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    error_message = "files are not encrypted with the key of this environment"
  }
}

run "only_tls_reaches_the_buckets" {
  command = plan

  assert {
    condition = alltrue([
      for policy in [data.aws_iam_policy_document.artifacts, data.aws_iam_policy_document.access_logs] :
      anytrue([for statement in policy.statement : statement.effect == "Deny" && anytrue([for c in statement.condition : c.variable == "aws:SecureTransport" && contains(c.values, "false")])])
    ])
    error_message = "a bucket accepts requests without TLS"
  }
}

run "a_record_of_the_audit_is_written_once" {
  command = plan

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.artifacts.statement :
      statement.effect == "Deny" && contains(statement.actions, "s3:PutObject")
      && { for c in statement.condition : c.variable => "${c.test} ${one(c.values)}" } == { "s3:if-none-match" = "Null true", "s3:ObjectCreationOperation" = "Bool true" }
    ])
    error_message = "a role with write access could replace an audit record"
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.artifacts.statement :
      statement.effect == "Deny" && statement.actions == toset(["s3:DeleteObject", "s3:DeleteObjectVersion"]) && anytrue([for resource in statement.resources : endswith(resource, "/audit/*")]) && length(statement.condition) == 0
    ])
    error_message = "a role with delete access could delete an audit record"
  }
}

run "only_predictions_expire" {
  command = plan

  variables {
    prediction_days = 45
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.artifacts.rule :
      one(rule.filter).prefix == "predictions/" && one(rule.expiration).days == 45
      if rule.id == "old-predictions"
    ])
    error_message = "files other than predictions expire, or predictions do not expire"
  }

  assert {
    condition     = toset([for rule in aws_s3_bucket_lifecycle_configuration.artifacts.rule : rule.id if length(rule.expiration) > 0]) == toset(["earlier-versions", "old-predictions"])
    error_message = "files other than predictions expire"
  }
}

run "a_protected_key_can_be_restored_for_a_month" {
  command = plan

  variables {
    is_guarded = true
  }

  assert {
    condition     = aws_kms_key.data.deletion_window_in_days == 30 && aws_kms_key.data.enable_key_rotation
    error_message = "the key of a protected environment is deleted too soon, or is never rotated"
  }
}

run "no_emails_are_sent_without_an_address" {
  command = plan

  assert {
    condition     = length(aws_budgets_budget.monthly.notification) == 0 && length(aws_ce_anomaly_monitor.project) == 0
    error_message = "AWS refuses a notification without an address"
  }
}

run "mails_go_out_before_and_at_the_limit" {
  command = plan

  variables {
    budget_emails = ["platform@example.com"]
  }

  assert {
    condition     = toset([for mail in aws_budgets_budget.monthly.notification : "${mail.notification_type} ${mail.threshold}"]) == toset(["ACTUAL 80", "FORECASTED 100"])
    error_message = "the budget warns too late"
  }

  # Most accounts are members of an organization, in which AWS refuses the monitor.
  assert {
    condition     = length(aws_ce_anomaly_monitor.project) == 0
    error_message = "an apply would fail in a member account"
  }
}

run "a_monitor_without_receivers_is_refused" {
  command = plan

  variables {
    has_cost_monitor = true
  }

  expect_failures = [var.has_cost_monitor]
}

run "an_account_id_that_yaml_has_shortened_is_refused" {
  command = plan

  variables {
    account_id = "12345678901"
  }

  expect_failures = [var.account_id]
}
