# The state machine of training, its permissions, and its alarms.

resource "aws_sfn_state_machine" "training" {
  name     = "${var.name}-training"
  role_arn = aws_iam_role.state_machine.arn
  type     = "STANDARD"

  # `make pipeline` executes the same file on your machine.
  definition = templatefile("${path.module}/pipeline.asl.json", {
    bucket       = aws_s3_bucket.artifacts.bucket
    job          = aws_batch_job_definition.step.arn
    queue        = aws_batch_job_queue.training.arn
    step_memory  = var.step_memory
    step_vcpu    = var.step_vcpu
    topic        = aws_sns_topic.alerts.arn
    train_memory = var.train_memory
    train_vcpu   = var.train_vcpu
  })

  logging_configuration {
    log_destination = "${aws_cloudwatch_log_group.state_machine.arn}:*"
    level           = "ALL"
    # The log contains names of models and files, but no rows.
    include_execution_data = true
  }

  tracing_configuration {
    enabled = true
  }

  # Step Functions checks the permission to write the log when it creates the state machine.
  depends_on = [aws_iam_role_policy.state_machine]
}

resource "aws_cloudwatch_log_group" "state_machine" {
  #checkov:skip=CKV_AWS_338:`log_days` is a year in the protected environment and shorter in the others
  # The prefix prevents the resource policy for AWS log delivery from growing with each log group.
  name              = "/aws/vendedlogs/states/${var.name}-training"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.data.arn
}

data "aws_iam_policy_document" "state_machine_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

data "aws_iam_policy_document" "state_machine" {
  #checkov:skip=CKV_AWS_356:DescribeJobs, log delivery and X-Ray do not support resources
  #checkov:skip=CKV_AWS_111:log delivery and X-Ray do not support resources
  #checkov:skip=CKV_AWS_109:logs:PutResourcePolicy, for the delivery of its own log, does not support resources
  statement {
    sid       = "Submit"
    actions   = ["batch:SubmitJob"]
    resources = ["${aws_batch_job_definition.step.arn_prefix}:*", aws_batch_job_queue.training.arn]
  }

  # Stops the jobs of an aborted execution. Batch creates job IDs at submission.
  statement {
    sid       = "Stop"
    actions   = ["batch:TerminateJob"]
    resources = ["arn:aws:batch:${var.region}:${var.account_id}:job/*"]
  }

  # This action does not support resources.
  statement {
    sid       = "Wait"
    actions   = ["batch:DescribeJobs"]
    resources = ["*"]
  }

  # Step Functions creates this rule to learn about ended jobs. It passes its role to no other service, so
  # it needs no iam:PassRole: the job definition names the roles of the job.
  statement {
    sid       = "Hear"
    actions   = ["events:DescribeRule", "events:PutRule", "events:PutTargets"]
    resources = ["arn:aws:events:${var.region}:${var.account_id}:rule/StepFunctionsGetEventsForBatchJobsRule"]
  }

  statement {
    sid       = "Decision"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.artifacts.arn}/runs/*/decision.json"]
  }

  statement {
    sid       = "Notify"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]
  }

  # Key of the decision file in the bucket, and of the topic.
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com", "sns.${var.region}.amazonaws.com"]
    }
  }

  # These actions do not support resources: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html.
  statement {
    sid = "Log"
    actions = [
      "logs:CreateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  # These actions do not support resources either.
  statement {
    sid = "Trace"
    actions = [
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
      "xray:PutTelemetryRecords",
      "xray:PutTraceSegments",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "state_machine" {
  name                 = "${var.name}-state-machine"
  assume_role_policy   = data.aws_iam_policy_document.state_machine_trust.json
  permissions_boundary = local.boundary
}

resource "aws_iam_role_policy" "state_machine" {
  name   = "training"
  role   = aws_iam_role.state_machine.id
  policy = data.aws_iam_policy_document.state_machine.json
}

# A failed execution publishes its own notification. Aborted and timed-out executions do not.
resource "aws_cloudwatch_metric_alarm" "executions" {
  for_each = { aborted = "ExecutionsAborted", timed-out = "ExecutionsTimedOut" }

  alarm_name          = "${var.name}-training-${each.key}"
  alarm_description   = "A training execution was aborted: docs/tools/step-functions.md"
  namespace           = "AWS/States"
  metric_name         = each.value
  dimensions          = { StateMachineArn = aws_sfn_state_machine.training.arn }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

output "state_machine" {
  description = "State machine of training."
  value       = aws_sfn_state_machine.training.arn
}
