# What the function may do, beside reading models, and who may start it.

data "aws_iam_policy_document" "function" {
  #checkov:skip=CKV_AWS_356:traces belong to no resource that could be named
  #checkov:skip=CKV_AWS_111:traces belong to no resource that could be named
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

  # The queue is encrypted, and so are the variables of the function.
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

  # X-Ray has no resources to name.
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

# Lambda fetches the image by itself, with no role.
resource "aws_ecr_repository_policy" "function" {
  repository = aws_ecr_repository.image.name
  policy     = data.aws_iam_policy_document.function_image.json
}
