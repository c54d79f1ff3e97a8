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
  models                 = ["churn", "fraud"]
}

run "thresholds_match_slo_yaml" {
  command = plan

  assert {
    condition = alltrue([
      for model in var.models : alltrue([
        aws_cloudwatch_metric_alarm.promotion_not_live[model].threshold == yamldecode(file("../../slo.yaml")).freshness.promotion_to_live_seconds,
        aws_cloudwatch_metric_alarm.pipeline_stale["${model}-training"].threshold == yamldecode(file("../../slo.yaml")).freshness.pipeline_age_seconds,
        aws_cloudwatch_metric_alarm.registry_unavailable[model].threshold == try(yamldecode(file("../../slo.yaml")).freshness.registry_lookup_seconds, 300),
        aws_cloudwatch_metric_alarm.predictions_not_archived[model].threshold == try(yamldecode(file("../../slo.yaml")).freshness.prediction_archive_seconds, 1800),
        aws_cloudwatch_metric_alarm.feature_drift[model].threshold == yamldecode(file("../../slo.yaml")).drift.psi,
        aws_cloudwatch_metric_alarm.model_quality_dropped[model].threshold == yamldecode(file("../../slo.yaml")).quality.primary_kept_ratio,
        aws_cloudwatch_metric_alarm.data_validation_failing[model].threshold == yamldecode(file("../../slo.yaml")).validation.failures_per_hour,
      ])
    ])
    error_message = "the threshold of an alarm differs from slo.yaml"
  }
}

run "burn_rates_match_the_workbook" {
  command = plan

  # Burn rate, long and short window in seconds.
  assert {
    condition = alltrue([
      for row in [["1h", 14.4, 3600, 300], ["6h", 6, 21600, 1800], ["1d", 3, 86400, 7200], ["3d", 1, 259200, 21600]] : alltrue([
        for model in var.models : alltrue([
          for length, seconds in { long = row[2], short = row[3] } : alltrue([
            abs(aws_cloudwatch_metric_alarm.availability_burn["${model}-${row[0]}-${length}"].threshold - row[1] * (1 - yamldecode(file("../../slo.yaml")).availability.ratio)) < 0.000001,
            abs(aws_cloudwatch_metric_alarm.latency_burn["${model}-${row[0]}-${length}"].threshold - row[1] * (1 - yamldecode(file("../../slo.yaml")).latency.ratio)) < 0.000001,
            alltrue([for query in aws_cloudwatch_metric_alarm.availability_burn["${model}-${row[0]}-${length}"].metric_query : alltrue([for metric in query.metric : metric.period == seconds])]),
            alltrue([for query in aws_cloudwatch_metric_alarm.latency_burn["${model}-${row[0]}-${length}"].metric_query : alltrue([for metric in query.metric : metric.period == seconds])]),
          ])
        ])
      ])
    ])
    error_message = "a window or a factor differs from the workbook"
  }

  assert {
    condition = alltrue(concat(
      [for key, alarm in aws_cloudwatch_composite_alarm.availability_budget_burn : alarm.alarm_rule == "ALARM(\"demo-dev-AvailabilityBudgetBurn-${key}-long\") AND ALARM(\"demo-dev-AvailabilityBudgetBurn-${key}-short\")"],
      [for key, alarm in aws_cloudwatch_composite_alarm.latency_budget_burn : alarm.alarm_rule == "ALARM(\"demo-dev-LatencyBudgetBurn-${key}-long\") AND ALARM(\"demo-dev-LatencyBudgetBurn-${key}-short\")"],
    ))
    error_message = "one window alone would send an alarm"
  }

  assert {
    condition     = length(aws_cloudwatch_composite_alarm.availability_budget_burn) == 8 && length(aws_cloudwatch_composite_alarm.latency_budget_burn) == 8
    error_message = "a window or a model is missing"
  }

  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.availability_burn), values(aws_cloudwatch_metric_alarm.latency_burn)) : !alarm.actions_enabled])
    error_message = "a part of a composite alarm sends its own notification"
  }
}

run "every_alarm_has_a_receiver_and_missing_metrics_raise_one" {
  command = plan

  assert {
    condition = alltrue([
      for alarm in concat(
        aws_cloudwatch_metric_alarm.service_down,
        values(aws_cloudwatch_metric_alarm.no_model_loaded),
        values(aws_cloudwatch_metric_alarm.promotion_not_live),
        values(aws_cloudwatch_metric_alarm.registry_unavailable),
        values(aws_cloudwatch_metric_alarm.follower_failing),
        values(aws_cloudwatch_metric_alarm.predictions_not_logged),
        values(aws_cloudwatch_metric_alarm.predictions_not_archived),
        values(aws_cloudwatch_metric_alarm.pipeline_stale),
        values(aws_cloudwatch_metric_alarm.requests_rejected),
        values(aws_cloudwatch_metric_alarm.clients_turned_away),
        values(aws_cloudwatch_metric_alarm.data_validation_failing),
        values(aws_cloudwatch_metric_alarm.feature_drift),
        values(aws_cloudwatch_metric_alarm.model_quality_dropped),
      ) : one(alarm.alarm_actions) == aws_sns_topic.alerts.arn && one(alarm.ok_actions) == aws_sns_topic.alerts.arn
    ])
    error_message = "an alarm has no receiver"
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_composite_alarm.availability_budget_burn), values(aws_cloudwatch_composite_alarm.latency_budget_burn)) :
      one(alarm.alarm_actions) == aws_sns_topic.alerts.arn && one(alarm.ok_actions) == aws_sns_topic.alerts.arn
    ])
    error_message = "a burn rate alarm has no receiver"
  }

  assert {
    condition     = one(aws_cloudwatch_metric_alarm.service_down).treat_missing_data == "breaching" && one(aws_cloudwatch_metric_alarm.service_down).threshold == 1
    error_message = "missing metrics of a stopped service would not raise an alarm"
  }

  # A stopped service raises one alarm, not one of each kind.
  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.no_model_loaded), values(aws_cloudwatch_metric_alarm.availability_burn)) : alarm.treat_missing_data == "notBreaching"])
    error_message = "a stopped service would raise other alarms too"
  }
}

run "alarm_periods_are_within_the_limits_of_cloudwatch" {
  command = plan

  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html: seven days, and one
  # day for periods below an hour.
  assert {
    condition = alltrue(flatten([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.availability_burn), values(aws_cloudwatch_metric_alarm.latency_burn), values(aws_cloudwatch_metric_alarm.model_quality_dropped), values(aws_cloudwatch_metric_alarm.pipeline_stale)) : [
        for query in alarm.metric_query : [
          for metric in query.metric : metric.period % 60 == 0 && metric.period * alarm.evaluation_periods <= (metric.period < 3600 ? 86400 : 604800)
        ]
      ]
    ]))
    error_message = "CloudWatch would refuse an alarm"
  }
}

run "alarms_use_the_namespace_of_the_service" {
  command = plan

  variables {
    metrics_namespace = "another"
  }

  assert {
    condition     = one(aws_cloudwatch_metric_alarm.service_down).namespace == "another" && strcontains(aws_cloudwatch_dashboard.main.dashboard_body, "another")
    error_message = "the alarms use a namespace other than that of config/<env>.yaml"
  }

  assert {
    condition     = length(jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets) == length(local.panels)
    error_message = "the dashboard lacks a panel"
  }
}

run "without_a_model_no_alarm_exists" {
  command = plan

  variables {
    models = []
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.service_down) + length(aws_cloudwatch_composite_alarm.availability_budget_burn) == 0
    error_message = "an alarm exists without a model"
  }
}

run "an_idle_function_raises_no_alarm" {
  command = plan

  variables {
    is_always_on = false
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.service_down) == 0 && length(aws_cloudwatch_metric_alarm.no_model_loaded) == length(var.models)
    error_message = "missing requests would page the on-call engineer, or a function without a model would not"
  }
}
