# Following and logging: the service learns of promotions, and records its answers.

locals {
  # Files of releases before 0.4 have no such values.
  registry_lookup_seconds    = try(local.slo.freshness.registry_lookup_seconds, 300)
  prediction_archive_seconds = try(local.slo.freshness.prediction_archive_seconds, 1800)
}

resource "aws_cloudwatch_metric_alarm" "registry_unavailable" {
  for_each = local.watched

  alarm_name          = "${var.name}-RegistryUnavailable-${each.key}"
  alarm_description   = "Ticket: the service cannot look up the champion of ${each.key}. ${local.runbook}/RegistryUnavailable.md"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.registry_lookup_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "age"
    expression  = "EPOCH(looked) - looked"
    label       = "Seconds since the last look-up"
    return_data = true
  }

  metric_query {
    id = "looked"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "registry_last_lookup_timestamp_seconds"
      dimensions  = { model = each.key }
      stat        = "Maximum"
      period      = 120
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "follower_failing" {
  for_each = local.watched

  alarm_name          = "${var.name}-FollowerFailing-${each.key}"
  alarm_description   = "Ticket: the process that looks up the champion keeps failing for ${each.key}. ${local.runbook}/FollowerFailing.md"
  namespace           = local.metrics_namespace
  metric_name         = "registry_lookup_failures_total"
  dimensions          = { model = each.key, reason = "follower" }
  statistic           = "Sum"
  period              = 900
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "predictions_not_logged" {
  for_each = local.watched

  alarm_name          = "${var.name}-PredictionsNotLogged-${each.key}"
  alarm_description   = "Ticket: the prediction log lacks answered requests of ${each.key}. ${local.runbook}/PredictionsNotLogged.md"
  namespace           = local.metrics_namespace
  metric_name         = "prediction_log_lost_total"
  dimensions          = { model = each.key }
  statistic           = "Sum"
  period              = 900
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "predictions_not_archived" {
  for_each = local.watched

  alarm_name          = "${var.name}-PredictionsNotArchived-${each.key}"
  alarm_description   = "Ticket: the prediction log of ${each.key} waits for its archive. ${local.runbook}/PredictionsNotArchived.md"
  namespace           = local.metrics_namespace
  metric_name         = "prediction_log_waiting_seconds"
  dimensions          = { model = each.key }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.prediction_archive_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
  ok_actions          = [aws_sns_topic.alerts.arn]
}
