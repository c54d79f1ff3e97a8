# One key for everything that this environment keeps at rest: taking it away takes all of it away.

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_111:a key policy is about its own key alone
  #checkov:skip=CKV_AWS_356:a key policy is about its own key alone
  #checkov:skip=CKV_AWS_109:a key policy is about its own key alone
  # Without it nobody could manage the key any more, not even the account. A key policy is about
  # its own key alone, which is what "*" means in it.
  statement {
    sid       = "Administration"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${var.account_id}:root"]
    }
  }
}

resource "aws_kms_key" "data" {
  description             = "Data of ${var.name} at rest"
  enable_key_rotation     = true
  deletion_window_in_days = var.is_guarded ? 30 : 7
  policy                  = data.aws_iam_policy_document.key.json

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "data" {
  name          = "alias/${var.name}-data"
  target_key_id = aws_kms_key.data.key_id
}
