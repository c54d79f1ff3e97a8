# Permissions of the function in addition to reading models, and of its callers.

data "aws_iam_policy_document" "function" {
  #checkov:skip=CKV_AWS_356:X-Ray actions do not support resources
  #checkov:skip=CKV_AWS_111:X-Ray actions do not support resources
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.workloads.arn}:*"]
  }

  statement {
    sid       = "FailedEvents"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failed_events.arn]
  }

  # The queue and the variables of the function are encrypted.
  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["lambda.${var.region}.amazonaws.com", "sqs.${var.region}.amazonaws.com"]
    }
  }

  # X-Ray does not support resources.
  statement {
    sid       = "Traces"
    actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "function"
  role   = aws_iam_role.workload["serve"].id
  policy = data.aws_iam_policy_document.function.json
}

data "aws_iam_policy_document" "function_image" {
  statement {
    sid     = "Function"
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:aws:lambda:${var.region}:${var.account_id}:function:${var.name}-predict"]
    }
  }
}

# Lambda itself pulls the image, without a role.
resource "aws_ecr_repository_policy" "function" {
  repository = aws_ecr_repository.image.name
  policy     = data.aws_iam_policy_document.function_image.json
}
