# The upper limit of the permissions of each role in this environment, regardless of its policies.
# Terraform in CI can create only roles that have this boundary, so a change of infra/terraform
# cannot give CI more permissions.

data "aws_iam_policy_document" "boundary" {
  #checkov:skip=CKV_AWS_107:a boundary grants no permissions, it limits those that other policies grant
  #checkov:skip=CKV_AWS_108:a boundary grants no permissions, it limits those that other policies grant
  #checkov:skip=CKV_AWS_109:a boundary grants no permissions, it limits those that other policies grant
  #checkov:skip=CKV_AWS_110:a boundary grants no permissions, it limits those that other policies grant
  #checkov:skip=CKV_AWS_111:a boundary grants no permissions, it limits those that other policies grant
  #checkov:skip=CKV_AWS_356:a boundary grants no permissions, it limits those that other policies grant
  # All actions except those on permissions and on the account itself. "*" is safe because a boundary
  # grants nothing: a role has only the permissions that both its own policies and this boundary allow.
  statement {
    sid         = "Work"
    not_actions = ["account:*", "billing:*", "iam:*", "organizations:*", "sso:*", "sso-directory:*", "sts:*"]
    resources   = ["*"]
  }

  # A scheduler or pipeline starts tasks with another role of this environment, which also has this boundary.
  statement {
    sid       = "PassRole"
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${var.account_id}:role/${var.name}-*"]
  }

  # The state contains all names and some secrets: no workload may read it, regardless of its policies.
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
