# The most that any role of this environment can ever do, whoever writes its policies. Terraform in CI may
# make roles, and only such as carry this boundary: so a change of infra/terraform cannot give itself more.

data "aws_iam_policy_document" "boundary" {
  #checkov:skip=CKV_AWS_107:a boundary grants nothing, it is a ceiling over what other policies grant
  #checkov:skip=CKV_AWS_108:a boundary grants nothing, it is a ceiling over what other policies grant
  #checkov:skip=CKV_AWS_109:a boundary grants nothing, it is a ceiling over what other policies grant
  #checkov:skip=CKV_AWS_110:a boundary grants nothing, it is a ceiling over what other policies grant
  #checkov:skip=CKV_AWS_111:a boundary grants nothing, it is a ceiling over what other policies grant
  #checkov:skip=CKV_AWS_356:a boundary grants nothing, it is a ceiling over what other policies grant
  # Everything but who may do what and the account itself. "*" because a boundary grants nothing: a role
  # has what its own policies say, as far as it is also in here.
  statement {
    sid         = "Work"
    not_actions = ["account:*", "billing:*", "iam:*", "organizations:*", "sso:*", "sso-directory:*", "sts:*"]
    resources   = ["*"]
  }

  # A scheduler or a pipeline starts tasks with another role of this environment, which has this boundary too.
  statement {
    sid       = "PassRole"
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${var.account_id}:role/${var.name}-*"]
  }

  # State holds all names and some secrets: no workload reads it, whatever its policies say.
  statement {
    sid       = "State"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
  }

  statement {
    sid       = "StateKey"
    effect    = "Deny"
    actions   = ["kms:*"]
    resources = [aws_kms_key.state.arn]
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${var.name}-boundary"
  description = "Permissions boundary of every role of ${var.name}"
  policy      = data.aws_iam_policy_document.boundary.json
}
