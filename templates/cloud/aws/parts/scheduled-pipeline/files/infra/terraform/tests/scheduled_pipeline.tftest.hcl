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

  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:demo-dev/some-abcdef" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:demo-dev-pipeline-starts" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:demo-dev-alerts" }
  }

  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/demo-dev" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/demo-dev-some" }
  }

  mock_resource "aws_ecs_task_definition" {
    defaults = {
      arn                  = "arn:aws:ecs:eu-west-1:123456789012:task-definition/demo-dev-some:1"
      arn_without_revision = "arn:aws:ecs:eu-west-1:123456789012:task-definition/demo-dev-some"
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
  pipeline_models        = ["churn", "fraud"]
  image                  = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev:0123456"
  pipeline_schedule      = "cron(0 3 * * ? *)"
}

run "each_model_is_trained_by_a_task_of_its_own" {
  command = plan

  assert {
    condition     = toset(keys(aws_scheduler_schedule.pipeline)) == toset(["churn", "fraud"]) && alltrue([for schedule in aws_scheduler_schedule.pipeline : schedule.state == "ENABLED"])
    error_message = "a model has no schedule"
  }

  assert {
    condition = alltrue([
      for model, schedule in aws_scheduler_schedule.pipeline :
      endswith(join(" ", jsondecode(one(schedule.target).input).containerOverrides[0].command), " --model ${model}")
    ])
    error_message = "a schedule trains a different model from the one in its name"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.pipeline.container_definitions)[0].image == "${var.image}-train"
    error_message = "the task does not run the image of the pipeline"
  }
}

run "runs_are_private_and_write_nothing_but_scratch_files" {
  command = plan

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.pipeline : !one(one(one(schedule.target).ecs_parameters).network_configuration).assign_public_ip])
    error_message = "a run has a public address"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.pipeline.container_definitions)[0].readonlyRootFilesystem
    error_message = "a run could change its own code"
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.pipeline_internet) == 0
    error_message = "a run reaches the internet although has_internet is false"
  }
}

run "failures_send_alerts" {
  command = plan

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.pipeline : one(one(schedule.target).dead_letter_config).arn == aws_sqs_queue.pipeline_starts.arn])
    error_message = "a start that failed permanently is not recorded"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.pipeline_starts.alarm_actions == toset([aws_sns_topic.alerts.arn]) && aws_cloudwatch_event_target.pipeline_failed.arn == aws_sns_topic.alerts.arn
    error_message = "a failed run sends no alert"
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.pipeline_failed.event_pattern).detail["$or"][0].containers.exitCode[0]["anything-but"] == [0, 2]
    error_message = "a rejected version would send an alert, or a failed run would not"
  }
}

run "the_scheduler_starts_this_task_and_no_other" {
  command = plan

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.scheduler.statement : !contains(statement.resources, "*") && !anytrue([for action in statement.actions : endswith(action, "*")])
    ])
    error_message = "the scheduler has more permissions than it needs"
  }

  assert {
    condition     = one(one(data.aws_iam_policy_document.scheduler_trust.statement).condition).variable == "aws:SourceAccount"
    error_message = "a service could assume the role for another account"
  }
}

run "without_an_image_nothing_is_started" {
  command = plan

  variables {
    image = ""
  }

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.pipeline : schedule.state == "DISABLED"])
    error_message = "scheduled tasks would fail until the first image is pushed"
  }
}

run "without_a_schedule_only_make_submit_starts_it" {
  command = plan

  variables {
    pipeline_schedule = ""
  }

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.pipeline : schedule.state == "DISABLED"])
    error_message = "tasks start without a schedule"
  }
}

run "a_crontab_line_is_refused" {
  command = plan

  variables {
    pipeline_schedule = "0 3 * * *"
  }

  expect_failures = [var.pipeline_schedule]
}
