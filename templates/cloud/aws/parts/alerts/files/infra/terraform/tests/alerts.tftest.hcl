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

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:demo-dev-alerts" }
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

run "alerts_come_from_this_account_over_tls" {
  command = plan

  assert {
    condition     = aws_sns_topic.alerts.kms_master_key_id == aws_kms_key.data.arn
    error_message = "alerts are not encrypted with the key of this environment"
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.alerts.statement :
      anytrue([for c in statement.condition : c.variable == "aws:SourceAccount" && c.values[0] == "123456789012"])
      if statement.sid != "TlsOnly"
    ])
    error_message = "alarms of another account could publish to the topic"
  }

  assert {
    condition     = anytrue([for statement in data.aws_iam_policy_document.alerts.statement : statement.effect == "Deny" && one(statement.condition).variable == "aws:SecureTransport"])
    error_message = "the topic accepts messages without TLS"
  }
}

run "addresses_in_alert_emails_are_subscribed" {
  command = plan

  variables {
    alert_emails = ["platform@example.com"]
  }

  assert {
    condition     = one(values(aws_sns_topic_subscription.alerts)).endpoint == "platform@example.com"
    error_message = "an address in alert_emails receives no alerts"
  }
}
