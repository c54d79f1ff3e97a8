# What a plan reads: how everything is set up, and nothing that is kept in it. Any branch of the repository
# gets this far, so what it may not see is said twice: it is not granted, and it is denied.

resource "aws_iam_role_policy_attachment" "read" {
  for_each = toset(["apply", "plan"])

  role       = aws_iam_role.ci[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

data "aws_iam_policy_document" "plan" {
  #checkov:skip=CKV_AWS_356:"*" stands in a denial, where it is the strictest that can be said
  # The state says what there is. Planning takes no lock, so nothing is written.
  statement {
    sid       = "State"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.state.arn}/terraform/*"]
  }

  statement {
    sid       = "StateKey"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.state.arn]
  }

  # ReadOnlyAccess reads data as well: rows, models, messages, secrets, logs, images. No plan needs them.
  statement {
    sid    = "NoData"
    effect = "Deny"

    actions = [
      "athena:GetQueryResults*",
      "dynamodb:BatchGetItem",
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:Scan",
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
      "kinesis:GetRecords",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "logs:GetLogRecord",
      "logs:GetQueryResults",
      "logs:StartLiveTail",
      "logs:StartQuery",
      "secretsmanager:BatchGetSecretValue",
      "secretsmanager:GetSecretValue",
      "sqs:ReceiveMessage",
      "ssm:GetParameter*",
      "states:GetExecutionHistory",
    ]
    resources = ["*"]
  }

  statement {
    sid           = "NoFiles"
    effect        = "Deny"
    actions       = ["s3:GetObject*"]
    not_resources = ["${aws_s3_bucket.state.arn}/terraform/*"]
  }

  statement {
    sid           = "NoOtherKeys"
    effect        = "Deny"
    actions       = ["kms:Decrypt"]
    not_resources = [aws_kms_key.state.arn]
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "plan"
  role   = aws_iam_role.ci["plan"].name
  policy = data.aws_iam_policy_document.plan.json
}
