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

run "only_services_of_this_account_take_a_role" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for document in data.aws_iam_policy_document.trust : [
        for statement in document.statement : [
          anytrue([for c in statement.condition : c.variable == "aws:SourceAccount" && c.values[0] == "123456789012"]),
          [for principal in statement.principals : principal.type == "Service"],
        ]
      ]
    ]))
    error_message = "a role can be assumed for another account, or by a principal that is not a service"
  }
}

run "rights_are_named" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for document in data.aws_iam_policy_document.files : [
        for statement in document.statement : [
          !contains(statement.resources, "*"),
          [for action in statement.actions : !strcontains(action, "*") && !strcontains(action, "Delete")],
        ]
      ]
    ]))
    error_message = "a workload has more permissions than it was granted"
  }

  assert {
    condition     = length(aws_iam_role.workload) > 0 && length(setsubtract(keys(local.files), keys(aws_iam_role.workload))) == 0
    error_message = "a role is missing, or a permission has no role"
  }

  assert {
    condition     = alltrue([for path in try(local.files["serve"].read, []) : path != "*"]) && length(setsubtract(try(local.files["serve"].write, []), ["predictions/*"])) == 0
    error_message = "the service can read files that it does not serve, or write files other than predictions"
  }

  assert {
    condition = alltrue(flatten([
      for document in data.aws_iam_policy_document.files : [
        for statement in document.statement : anytrue([for c in statement.condition : c.variable == "kms:ViaService"])
        if anytrue([for action in statement.actions : startswith(action, "kms:")])
      ]
    ]))
    error_message = "a workload can use the key outside of S3"
  }
}
