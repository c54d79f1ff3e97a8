# Burn rates of the 30-day error budgets, over a long and a short window at the same time, so that an alarm
# starts and ends soon. Factors and windows are those of table 5-8 in
# https://sre.google/workbook/alerting-on-slos/.

locals {
  burn_windows = {
    "1h" = { factor = 14.4, long = 3600, short = 300, severity = "Page" }
    "6h" = { factor = 6, long = 21600, short = 1800, severity = "Page" }
    "1d" = { factor = 3, long = 86400, short = 7200, severity = "Ticket" }
    "3d" = { factor = 1, long = 259200, short = 21600, severity = "Ticket" }
  }

  # Allowed share of bad requests, rounded to remove floating-point noise.
  error_budgets = { for name in ["availability", "latency"] : name => tonumber(format("%.9f", 1 - local.slo[name].ratio)) }

  # Two metric alarms form one composite alarm, which sends the notification.
  burns = {
    for pair in setproduct(var.models, keys(local.burn_windows)) : "${pair[0]}-${pair[1]}" => { model = pair[0], window = pair[1] }
  }
  burn_parts = merge([
    for key, burn in local.burns : {
      for length in ["long", "short"] : "${key}-${length}" => {
        model  = burn.model
        factor = local.burn_windows[burn.window].factor
        period = local.burn_windows[burn.window][length]
      }
    }
  ]...)
}

resource "aws_cloudwatch_metric_alarm" "availability_burn" {
  #checkov:skip=CKV_AWS_319:one window sends no notification; the composite alarm of both windows has the actions
  for_each = local.burn_parts

  alarm_name          = "${var.name}-AvailabilityBudgetBurn-${each.key}"
  alarm_description   = "Part of the composite alarm of the same name. ${local.runbook}/AvailabilityBudgetBurn.md"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.factor * local.error_budgets.availability
  treat_missing_data  = "notBreaching"
  actions_enabled     = false

  metric_query {
    id          = "share"
    expression  = "FILL(errors, 0) / requests"
    label       = "Share of requests that end in a server error"
    return_data = true
  }

  metric_query {
    id = "errors"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "prediction_requests_total"
      dimensions  = { model = each.value.model, status_class = "5xx" }
      stat        = "Sum"
      period      = each.value.period
    }
  }

  metric_query {
    id = "requests"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "prediction_requests_total"
      dimensions  = { model = each.value.model }
      stat        = "Sum"
      period      = each.value.period
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "availability_budget_burn" {
  for_each = local.burns

  alarm_name        = "${var.name}-AvailabilityBudgetBurn-${each.key}"
  alarm_description = "${local.burn_windows[each.value.window].severity}: server errors of ${each.value.model} spend the budget ${local.burn_windows[each.value.window].factor} times too fast. ${local.runbook}/AvailabilityBudgetBurn.md"
  alarm_rule        = join(" AND ", [for length in ["long", "short"] : "ALARM(\"${aws_cloudwatch_metric_alarm.availability_burn["${each.key}-${length}"].alarm_name}\")"])
  alarm_actions     = [aws_sns_topic.alerts.arn]
  ok_actions        = [aws_sns_topic.alerts.arn]
}

resource "aws_cloudwatch_metric_alarm" "latency_burn" {
  #checkov:skip=CKV_AWS_319:one window sends no notification; the composite alarm of both windows has the actions
  for_each = local.burn_parts

  alarm_name          = "${var.name}-LatencyBudgetBurn-${each.key}"
  alarm_description   = "Part of the composite alarm of the same name. ${local.runbook}/LatencyBudgetBurn.md"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.factor * local.error_budgets.latency
  treat_missing_data  = "notBreaching"
  actions_enabled     = false

  metric_query {
    id          = "share"
    expression  = "(100 - within) / 100"
    label       = "Share of requests that take longer than ${local.slo.latency.seconds} s"
    return_data = true
  }

  metric_query {
    id = "within"

    metric {
      namespace   = local.metrics_namespace
      metric_name = "prediction_latency_seconds"
      dimensions  = { model = each.value.model }
      # Percentage of values up to the threshold.
      stat   = "PR(:${local.slo.latency.seconds})"
      period = each.value.period
    }
  }
}

resource "aws_cloudwatch_composite_alarm" "latency_budget_burn" {
  for_each = local.burns

  alarm_name        = "${var.name}-LatencyBudgetBurn-${each.key}"
  alarm_description = "${local.burn_windows[each.value.window].severity}: slow responses of ${each.value.model} spend the budget ${local.burn_windows[each.value.window].factor} times too fast. ${local.runbook}/LatencyBudgetBurn.md"
  alarm_rule        = join(" AND ", [for length in ["long", "short"] : "ALARM(\"${aws_cloudwatch_metric_alarm.latency_burn["${each.key}-${length}"].alarm_name}\")"])
  alarm_actions     = [aws_sns_topic.alerts.arn]
  ok_actions        = [aws_sns_topic.alerts.arn]
}
