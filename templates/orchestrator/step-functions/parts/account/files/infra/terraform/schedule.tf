# Triggers of training: a schedule, and an event that a model drifts. Starts that failed permanently are
# stored and reported.

resource "aws_scheduler_schedule_group" "training" {
  name = "${var.name}-training"
}

resource "aws_scheduler_schedule" "training" {
  for_each = var.pipeline_schedule == "" ? [] : toset(var.trained_models)

  name                         = each.key
  group_name                   = aws_scheduler_schedule_group.training.name
  description                  = "Trains ${each.key} on the schedule"
  schedule_expression          = var.pipeline_schedule
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = aws_kms_key.data.arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.training.arn
    role_arn = aws_iam_role.start.arn
    input    = jsonencode({ model = each.key, variant = "base" })

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 5
    }

    dead_letter_config {
      arn = aws_sqs_queue.lost_starts.arn
    }
  }
}

# `make tell-drift` sends this event after it has decided that the monitoring report is a reason to train.
resource "aws_cloudwatch_event_rule" "drift" {
  name        = "${var.name}-drift"
  description = "A model drifts: retrain it"

  event_pattern = jsonencode({
    source      = [var.name]
    detail-type = ["Model drift"]
    detail      = { model = var.trained_models, decided = [true] }
  })
}

resource "aws_cloudwatch_event_target" "drift" {
  rule     = aws_cloudwatch_event_rule.drift.name
  arn      = aws_sfn_state_machine.training.arn
  role_arn = aws_iam_role.start.arn

  input_transformer {
    input_paths    = { model = "$.detail.model" }
    input_template = "{\"model\": <model>, \"variant\": \"base\"}"
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 5
  }

  dead_letter_config {
    arn = aws_sqs_queue.lost_starts.arn
  }
}

data "aws_iam_policy_document" "start_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "start" {
  statement {
    sid       = "Start"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.training.arn]
  }

  statement {
    sid       = "KeepLostStarts"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.lost_starts.arn]
  }

  # Key of the schedule and of the queue.
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.data.arn]
  }
}

resource "aws_iam_role" "start" {
  name                 = "${var.name}-start-training"
  assume_role_policy   = data.aws_iam_policy_document.start_trust.json
  permissions_boundary = local.boundary
}

resource "aws_iam_role_policy" "start" {
  name   = "start-training"
  role   = aws_iam_role.start.id
  policy = data.aws_iam_policy_document.start.json
}

resource "aws_sqs_queue" "lost_starts" {
  name                      = "${var.name}-lost-starts"
  message_retention_seconds = 14 * 24 * 3600
  kms_master_key_id         = aws_kms_key.data.arn
}

data "aws_iam_policy_document" "lost_starts" {
  statement {
    sid       = "Rule"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.lost_starts.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.drift.arn]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.lost_starts.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "lost_starts" {
  queue_url = aws_sqs_queue.lost_starts.url
  policy    = data.aws_iam_policy_document.lost_starts.json
}

resource "aws_cloudwatch_metric_alarm" "lost_starts" {
  alarm_name          = "${var.name}-lost-starts"
  alarm_description   = "Training did not start: docs/tools/step-functions.md"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.lost_starts.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

variable "trained_models" {
  description = "Models to train on the schedule and after drift."
  type        = list(string)
  default     = ["churn"]

  validation {
    condition     = length(var.trained_models) > 0
    error_message = "Set at least one model. To disable the schedule, set pipeline_schedule to an empty string."
  }
}

variable "pipeline_schedule" {
  description = "Schedule of the training, in UTC, in the syntax of EventBridge Scheduler; if empty, no schedule."
  type        = string
  default     = "cron(0 3 * * ? *)"

  validation {
    condition     = var.pipeline_schedule == "" || can(regex("^(cron|rate)\\(.+\\)$", var.pipeline_schedule))
    error_message = "Use the syntax of EventBridge Scheduler, such as cron(0 3 * * ? *) or rate(1 day)."
  }
}
