# Checks of the resources that the administrator creates. The mock provider needs no account.

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
  environment = "dev"
  account_id  = "123456789012"
  name        = "demo-dev"
  region      = "eu-west-1"
}

run "no_role_can_change_permissions" {
  command = plan

  assert {
    condition     = aws_iam_policy.boundary.name == "demo-dev-boundary"
    error_message = "infra/terraform uses a different boundary for its roles"
  }

  assert {
    condition = alltrue([
      for service in ["account:*", "iam:*", "organizations:*", "sts:*"] :
      contains(one([for s in data.aws_iam_policy_document.boundary.statement : s if s.sid == "Work"]).not_actions, service)
    ])
    error_message = "a role could change permissions"
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.boundary.statement : s.resources if s.sid == "PassRole"]) == toset(["arn:aws:iam::123456789012:role/demo-dev-*"])
    error_message = "a role could pass roles outside this environment"
  }

  assert {
    condition     = alltrue([for s in data.aws_iam_policy_document.boundary.statement : s.effect == "Deny" if startswith(s.sid, "State")])
    error_message = "a role could read the state"
  }
}
