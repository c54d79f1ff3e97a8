# What must hold of training: the state machine, its jobs, what starts it. The provider is made up.
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

  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:eu-west-1:123456789012:repository/demo-dev"
      repository_url = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/a-role" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:a-group" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:alerts" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:lost-starts", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/lost-starts" }
  }

  mock_resource "aws_batch_compute_environment" {
    defaults = { arn = "arn:aws:batch:eu-west-1:123456789012:compute-environment/one" }
  }

  mock_resource "aws_batch_job_queue" {
    defaults = { arn = "arn:aws:batch:eu-west-1:123456789012:job-queue/training" }
  }

  mock_resource "aws_batch_job_definition" {
    defaults = {
      arn        = "arn:aws:batch:eu-west-1:123456789012:job-definition/step:1"
      arn_prefix = "arn:aws:batch:eu-west-1:123456789012:job-definition/step"
    }
  }

  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:demo-dev-training" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/demo-dev-drift" }
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
  image                  = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev:abc"
  trained_models         = ["churn", "fraud"]
}

run "the_definition_is_filled_in" {
  command = plan

  assert {
    condition     = aws_sfn_state_machine.training.name == "demo-dev-training"
    error_message = "make submit starts another state machine"
  }

  assert {
    condition     = startswith(jsondecode(aws_sfn_state_machine.training.definition).States["Name run"].Parameters["run.$"], "States.Format('s3://demo-dev-artifacts-123456789012/runs/")
    error_message = "files of a run are not where artifacts.root says"
  }

  assert {
    condition = alltrue([
      for state in values(jsondecode(aws_sfn_state_machine.training.definition).States) :
      state.Parameters.JobQueue == aws_batch_job_queue.training.arn && state.Parameters.JobDefinition == aws_batch_job_definition.step.arn
      if try(state.Resource, "") == "arn:aws:states:::batch:submitJob.sync"
    ])
    error_message = "a step is submitted elsewhere"
  }

  assert {
    condition     = jsondecode(aws_sfn_state_machine.training.definition).States.Notify.Parameters.TopicArn == aws_sns_topic.alerts.arn
    error_message = "a failure is published to another topic"
  }

  assert {
    condition     = one(aws_sfn_state_machine.training.logging_configuration).level == "ALL" && one(aws_sfn_state_machine.training.tracing_configuration).enabled
    error_message = "executions are not logged or not traced"
  }
}

run "every_failure_of_a_task_is_caught" {
  command = plan

  assert {
    condition = alltrue([
      for name, state in jsondecode(aws_sfn_state_machine.training.definition).States :
      contains(state.Catch[0].ErrorEquals, "States.ALL") && state.Catch[0].Next == (name == "Notify" ? "Failed" : "Notify")
      if state.Type == "Task"
    ])
    error_message = "a task can fail without a notice"
  }
}

run "jobs_run_on_spot_first_in_the_private_network" {
  command = plan

  assert {
    condition     = [for place in aws_batch_job_queue.training.compute_environment_order : place.order] == [1, 2]
    error_message = "the queue has not both kinds of capacity"
  }

  assert {
    condition     = { for name, place in aws_batch_compute_environment.training : name => one(place.compute_resources).type } == { spot = "FARGATE_SPOT", on-demand = "FARGATE" }
    error_message = "a compute environment is not what its name says"
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.step.container_properties).networkConfiguration.assignPublicIp == "DISABLED"
    error_message = "a job would get a public address"
  }
}

run "a_job_has_the_training_image_and_the_role_of_training" {
  command = plan

  override_resource {
    target          = aws_iam_role.workload["train"]
    override_during = plan
    values          = { arn = "arn:aws:iam::123456789012:role/demo-dev-train" }
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.step.container_properties).image == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev:abc-train"
    error_message = "jobs run another image"
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.step.container_properties).jobRoleArn == "arn:aws:iam::123456789012:role/demo-dev-train"
    error_message = "jobs have the rights of another workload"
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.step.container_properties).readonlyRootFilesystem && [for mount in jsondecode(aws_batch_job_definition.step.container_properties).mountPoints : mount.containerPath] == ["/tmp"]
    error_message = "a job can write elsewhere than to /tmp"
  }

  assert {
    condition     = { for entry in jsondecode(aws_batch_job_definition.step.container_properties).environment : entry.name => entry.value } == { MLOPS_ENV = "dev", MLOPS_AWS__ACCOUNT = "123456789012" }
    error_message = "a job would read the settings of another environment"
  }

  assert {
    condition     = [for rule in one(aws_batch_job_definition.step.retry_strategy).evaluate_on_exit : rule.action] == ["RETRY", "RETRY", "RETRY", "EXIT"]
    error_message = "a step that fails by itself would be started again by Batch, behind the back of the state machine"
  }
}

run "the_state_machine_may_do_its_work_and_no_more" {
  command = plan

  assert {
    condition     = [for statement in data.aws_iam_policy_document.state_machine.statement : statement.sid if contains(statement.resources, "*")] == ["Wait", "Log", "Trace"]
    error_message = "a statement names no resource whose actions take one"
  }

  assert {
    condition     = !anytrue(flatten([for statement in data.aws_iam_policy_document.state_machine.statement : [for action in statement.actions : strcontains(action, "*") || startswith(action, "iam:")]]))
    error_message = "the state machine may do more than it has to"
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.state_machine.statement : one(statement.resources) if statement.sid == "Decision"]) == "arn:aws:s3:::a-bucket/runs/*/decision.json"
    error_message = "the state machine reads more than decisions"
  }
}

run "each_model_is_trained_by_the_clock_and_when_it_drifts" {
  command = plan

  assert {
    condition     = { for name, schedule in aws_scheduler_schedule.training : name => jsondecode(one(schedule.target).input) } == { churn = { model = "churn", variant = "base" }, fraud = { model = "fraud", variant = "base" } }
    error_message = "a model is not trained on the schedule, or another one instead of it"
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.drift.event_pattern) == { source = ["demo-dev"], detail-type = ["Model drift"], detail = { model = ["churn", "fraud"] } }
    error_message = "make tell-drift sends another event"
  }

  assert {
    condition = alltrue([
      for target in concat([for schedule in aws_scheduler_schedule.training : one(schedule.target)], [aws_cloudwatch_event_target.drift]) :
      target.arn == aws_sfn_state_machine.training.arn && one(target.dead_letter_config).arn == aws_sqs_queue.lost_starts.arn
    ])
    error_message = "a start can be lost without a trace"
  }
}

run "somebody_hears_of_what_ends_without_a_word" {
  command = plan

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.executions), [aws_cloudwatch_metric_alarm.lost_starts]) :
      one(alarm.alarm_actions) == aws_sns_topic.alerts.arn
    ])
    error_message = "an alarm reaches nobody"
  }
}

run "without_a_schedule_nothing_is_trained_by_the_clock" {
  command = plan

  variables {
    pipeline_schedule = ""
  }

  assert {
    condition     = length(aws_scheduler_schedule.training) == 0
    error_message = "an empty schedule still starts training"
  }
}

run "jobs_reach_the_internet_only_where_the_network_does" {
  command = plan

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.jobs_internet) == 0
    error_message = "jobs may connect to any address"
  }
}

run "a_job_that_could_never_start_is_refused" {
  command = plan

  variables {
    train_vcpu     = 8
    train_memory   = 16384
    jobs_max_vcpus = 4
  }

  expect_failures = [var.jobs_max_vcpus]
}

run "a_size_that_fargate_has_not_is_refused" {
  command = plan

  variables {
    train_vcpu   = 2
    train_memory = 1024
  }

  expect_failures = [var.train_memory]
}
