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

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/demo-dev-serve" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:demo-dev-failed-events" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:demo-dev-alerts" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/demo-dev/workloads" }
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

run "before_the_first_image_there_is_no_function" {
  command = plan

  assert {
    condition     = length(aws_lambda_function.predict) == 0 && length(aws_lambda_alias.live) == 0
    error_message = "a function would be created without an image"
  }
}

run "the_function_runs_the_image_that_was_pushed" {
  command = plan

  variables {
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev:0a1b2c"
  }

  assert {
    condition     = aws_lambda_function.predict[0].image_uri == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev:0a1b2c-lambda"
    error_message = "the function runs another image, or another stage of it"
  }

  assert {
    condition     = aws_lambda_function.predict[0].function_name == "demo-dev-predict" && aws_lambda_alias.live[0].name == "live"
    error_message = "make deploy-function uses a different function name"
  }

  assert {
    condition     = aws_lambda_function.predict[0].environment[0].variables["MLOPS_ENV"] == "dev"
    error_message = "the function would read the settings of another environment"
  }

  assert {
    condition     = aws_lambda_function.predict[0].kms_key_arn == aws_kms_key.data.arn && aws_sqs_queue.failed_events.kms_master_key_id == aws_kms_key.data.arn
    error_message = "variables or failed events are not encrypted with the key of this environment"
  }

  assert {
    condition     = one(aws_lambda_function.predict[0].tracing_config).mode == "Active" && one(aws_lambda_function.predict[0].logging_config).log_group == aws_cloudwatch_log_group.workloads.name
    error_message = "requests are not traced, or the log group has no retention or encryption"
  }

  assert {
    condition     = one(aws_lambda_function.predict[0].dead_letter_config).target_arn == aws_sqs_queue.failed_events.arn
    error_message = "events that fail are lost"
  }

  assert {
    condition     = length(aws_lambda_function_url.live) == 0
    error_message = "the function has an address although has_function_url is false"
  }
}

run "the_address_requires_iam" {
  command = plan

  variables {
    image            = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev:0a1b2c"
    has_function_url = true
  }

  assert {
    condition     = aws_lambda_function_url.live[0].authorization_type == "AWS_IAM" && aws_lambda_function_url.live[0].qualifier == "live"
    error_message = "the address does not require IAM, or bypasses the alias"
  }
}

run "the_alarm_uses_the_alias" {
  command = plan

  assert {
    condition     = alltrue([for query in aws_cloudwatch_metric_alarm.function_errors.metric_query : query.metric[0].dimensions["Resource"] == "demo-dev-predict:live" if length(query.metric) > 0])
    error_message = "the alarm also counts versions that receive no requests"
  }

  assert {
    condition     = contains(aws_cloudwatch_metric_alarm.function_errors.alarm_actions, aws_sns_topic.alerts.arn)
    error_message = "the alarm on errors has no receiver"
  }
}

run "only_traces_have_no_resource" {
  command = plan

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.function.statement :
      !contains(statement.resources, "*") || alltrue([for action in statement.actions : startswith(action, "xray:Put")])
    ])
    error_message = "the function has more permissions than it needs"
  }

  assert {
    condition     = alltrue([for statement in data.aws_iam_policy_document.function_image.statement : one(statement.condition).variable == "aws:SourceArn"])
    error_message = "functions outside this environment could pull the image"
  }
}

run "a_bound_that_answers_nothing_is_refused" {
  command = plan

  variables {
    function_concurrency = 0
  }

  expect_failures = [var.function_concurrency]
}

run "an_alarm_that_a_tenth_cannot_trip_is_refused" {
  command = plan

  variables {
    function_error_percent = 10
  }

  expect_failures = [var.function_error_percent]
}
