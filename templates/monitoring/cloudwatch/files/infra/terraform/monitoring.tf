# Alarms with the thresholds of slo.yaml: change a threshold there, then run `make infra-apply`.
# The service and the steps write the metrics of `/metrics` to their log
# (src/*/monitoring/cloudwatch.py). Each alarm has a runbook in docs/runbooks/cloudwatch/.

locals {
  slo               = yamldecode(file("${path.root}/../../slo.yaml"))
  metrics_namespace = coalesce(var.metrics_namespace, var.name)
  watched           = toset(var.models)
  runbook           = "Runbook: docs/runbooks/cloudwatch"

  # Pipelines that run on a schedule.
  scheduled = {
    for pair in setproduct(var.models, ["monitoring", "training"]) : "${pair[0]}-${pair[1]}" => { model = pair[0], pipeline = pair[1] }
  }
}

# Availability: the service responds and has a model.

resource "aws_cloudwatch_metric_alarm" "service_down" {
  # Each process writes a line for every model, so the metric of the first model shows whether any process runs.
  # A function writes no metrics without requests, which is not a failure.
  count = var.is_always_on && length(var.models) > 0 ? 1 : 0

  alarm_name          = "${var.name}-ServiceDown"
  alarm_description   = "Page: the service of ${var.name} has written no metrics for three minutes. ${local.runbook}/ServiceDown.md"
  namespace           = local.metrics_namespace
  metric_name         = "model_info"
  dimensions          = { model = var.models[0] }
  statistic           = "SampleCount"
  period              = 180
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "no_model_loaded" {
  for_each = local.watched

  alarm_name          = "${var.name}-NoModelLoaded-${each.key}"
  alarm_description   = "Page: the service has run without the model ${each.key} for five minutes. ${local.runbook}/NoModelLoaded.md"
  namespace           = local.metrics_namespace
  metric_name         = "model_info"
  dimensions          = { model = each.key }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  # ServiceDown covers missing metrics.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_sns_topic.alerts.arn]
  ok_actions         = [aws_sns_topic.alerts.arn]
}

# Freshness: the service serves the latest promoted version, and scheduled pipelines succeed.

resource "aws_cloudwatch_metric_alarm" "promotion_not_live" {
  for_each = local.watched

  alarm_name          = "${var.name}-PromotionNotLive-${each.key}"
  alarm_description   = "Page: a promoted version of ${each.key} is not served. ${local.runbook}/PromotionNotLive.md"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.slo.freshness.promotion_to_live_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "waiting"
    expression  = "IF(promoted > served, EPOCH(promoted) - promoted, 0)"
    label       = "Seconds since the promotion"
    return_data = true
  }

  metric_query {
    id = "promoted"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "pipeline_last_success_timestamp_seconds"
      dimensions  = { model = each.key, pipeline = "promotion" }
      stat        = "Maximum"
      period      = 120
    }
  }

  metric_query {
    id = "served"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "pipeline_last_success_timestamp_seconds"
      dimensions  = { model = each.key, pipeline = "serving" }
      stat        = "Maximum"
      period      = 120
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "pipeline_stale" {
  for_each = local.scheduled

  alarm_name          = "${var.name}-PipelineStale-${each.key}"
  alarm_description   = "Ticket: ${each.value.pipeline} of ${each.value.model} has not succeeded within its time limit. ${local.runbook}/PipelineStale.md"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.slo.freshness.pipeline_age_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "age"
    expression  = "EPOCH(success) - success"
    label       = "Seconds since the last success"
    return_data = true
  }

  metric_query {
    id = "success"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "pipeline_last_success_timestamp_seconds"
      dimensions  = { model = each.value.model, pipeline = each.value.pipeline }
      stat        = "Maximum"
      period      = 900
    }
  }
}

# Requests and data: the service accepts requests, and their data is like the training data.

resource "aws_cloudwatch_metric_alarm" "requests_rejected" {
  for_each = local.watched

  alarm_name        = "${var.name}-RequestsRejected-${each.key}"
  alarm_description = "Ticket: the service rejects more than a fifth of the requests to ${each.key}. ${local.runbook}/RequestsRejected.md"
  # Rejected requests are not errors of the service and use no error budget, but these clients get no predictions.
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0.2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "share"
    expression  = "FILL(rejected, 0) / requests"
    label       = "Share of rejected requests"
    return_data = true
  }

  metric_query {
    id = "rejected"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "prediction_requests_total"
      dimensions  = { model = each.key, status_class = "4xx" }
      stat        = "Sum"
      period      = 900
    }
  }

  metric_query {
    id = "requests"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "prediction_requests_total"
      dimensions  = { model = each.key }
      stat        = "Sum"
      period      = 900
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "data_validation_failing" {
  for_each = local.watched

  alarm_name          = "${var.name}-DataValidationFailing-${each.key}"
  alarm_description   = "Ticket: new data of ${each.key} breaks its contract. ${local.runbook}/DataValidationFailing.md"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.slo.validation.failures_per_hour
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  # A running total that every instance reports, so the alarm uses its increase.
  metric_query {
    id          = "growth"
    expression  = "highest - lowest"
    label       = "Failed checks of one hour"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { highest = "Maximum", lowest = "Minimum" }

    content {
      id = metric_query.key

      metric {
        namespace   = local.metrics_namespace
        metric_name = "data_validation_failures_total"
        dimensions  = { model = each.key }
        stat        = metric_query.value
        period      = 3600
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "feature_drift" {
  for_each = local.watched

  alarm_name          = "${var.name}-FeatureDrift-${each.key}"
  alarm_description   = "Ticket: an input of ${each.key} differs from the training data. ${local.runbook}/FeatureDrift.md"
  namespace           = local.metrics_namespace
  metric_name         = "feature_drift_psi"
  dimensions          = { model = each.key }
  statistic           = "Maximum"
  period              = 600
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.slo.drift.psi
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "model_quality_dropped" {
  for_each = local.watched

  alarm_name          = "${var.name}-ModelQualityDropped-${each.key}"
  alarm_description   = "Ticket: the primary metric of ${each.key} is clearly below its best value of a week. ${local.runbook}/ModelQualityDropped.md"
  comparison_operator = "LessThanThreshold"
  threshold           = local.slo.quality.primary_kept_ratio
  # An alarm evaluates at most seven days. Only the latest value is compared.
  evaluation_periods  = 7
  datapoints_to_alarm = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "kept"
    expression  = "IF(EPOCH(quality) >= MAX(EPOCH(quality)), quality / MAX(quality), 1)"
    label       = "Primary metric relative to its best value"
    return_data = true
  }

  metric_query {
    id = "quality"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "model_quality"
      dimensions  = { model = each.key, primary = "true" }
      stat        = "Minimum"
      period      = 86400
    }
  }
}

# A saved query for failed steps.

resource "aws_cloudwatch_query_definition" "failed_steps" {
  name            = "${var.name}/failed steps"
  log_group_names = [aws_cloudwatch_log_group.workloads.name]
  query_string    = <<-EOT
    fields @timestamp, step, model, error
    | filter event = "step" and status = "failed"
    | sort @timestamp desc
    | limit 50
  EOT
}

variable "models" {
  description = "Names of the monitored models."
  type        = list(string)
  default     = []
}

variable "is_always_on" {
  description = "Whether the service runs continuously; if true, missing metrics raise an alarm."
  type        = bool
  default     = true
}

variable "metrics_namespace" {
  description = "Namespace of the metrics; by default the name of the environment."
  type        = string
  default     = null
}

# Connections: the service closes those of some clients so that others are answered.

resource "aws_cloudwatch_metric_alarm" "clients_turned_away" {
  for_each = toset(["memory", "place", "unread"])

  alarm_name          = "${var.name}-ClientsTurnedAway-${each.key}"
  alarm_description   = "Ticket: the service of ${var.name} closes connections at a limit (${each.key}). ${local.runbook}/ClientsTurnedAway.md"
  namespace           = local.metrics_namespace
  metric_name         = "connections_evicted_total"
  dimensions          = { reason = each.key }
  statistic           = "Sum"
  period              = 900
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 100
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}
