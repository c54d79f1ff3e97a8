# What Terraform in CI may do: what infra/policies/apply.json says of anybody who applies, and no more. A plan, which any
# branch of the repository can make, may do the reading part of it.

locals {
  statements = jsondecode(templatefile("${path.module}/../policies/apply.json", {
    account = var.account_id
    name    = var.name
    region  = var.region
  })).Statement

  reading = [
    for statement in local.statements :
    merge(statement, { Action = [for action in statement.Action : action if can(regex(":(Describe|Get|List|Validate|View)", action))] })
  ]

  rights = {
    apply = local.statements
    plan  = [for statement in local.reading : statement if length(statement.Action) > 0]
  }

  # A managed policy has room for 6,144 characters, so each has the statements that begin within its share.
  share = 3900
  part_of = {
    for role, statements in local.rights : role => [
      for index, statement in statements : floor(sum(concat([0], [for earlier in slice(statements, 0, index) : length(jsonencode(earlier))])) / local.share)
    ]
  }
  policies = merge([
    for role, parts in local.part_of : {
      for part in distinct(parts) : "${role}-${part + 1}" => {
        role       = role
        statements = [for index, statement in local.rights[role] : statement if parts[index] == part]
      }
    }
  ]...)
}

resource "aws_iam_policy" "ci" {
  for_each = local.policies

  name        = "${var.name}-ci-${each.key}"
  description = "Part of infra/policies/apply.json, for jobs that ${each.value.role}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value.statements })
}

resource "aws_iam_role_policy_attachment" "ci" {
  for_each = local.policies

  role       = aws_iam_role.ci[each.value.role].name
  policy_arn = aws_iam_policy.ci[each.key].arn
}

# A plan reads the state too, and takes no lock, so that it writes nothing.
data "aws_iam_policy_document" "plan" {
  #checkov:skip=CKV_AWS_356:"*" stands in a denial, where it is the strictest that can be said
  statement {
    sid       = "StateKey"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.state.arn]
  }

  # Reading how something is set up is not reading what is in it.
  statement {
    sid    = "NoData"
    effect = "Deny"

    actions = [
      "ecr:BatchGetImage",
      "ecr:GetDownloadUrlForLayer",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "secretsmanager:BatchGetSecretValue",
      "secretsmanager:GetSecretValue",
      "sqs:ReceiveMessage",
    ]
    resources = ["*"]
  }

  statement {
    sid           = "NoFiles"
    effect        = "Deny"
    actions       = ["s3:GetObject*"]
    not_resources = ["${aws_s3_bucket.state.arn}/terraform/*"]
  }
}

resource "aws_iam_role_policy" "plan" {
  name   = "plan"
  role   = aws_iam_role.ci["plan"].name
  policy = data.aws_iam_policy_document.plan.json
}

# What holds an apply in its place is out of its reach, whatever a policy above will say one day.
data "aws_iam_policy_document" "apply" {
  statement {
    sid         = "NotItself"
    effect      = "Deny"
    not_actions = ["iam:Get*", "iam:List*", "iam:SimulatePrincipalPolicy"]

    resources = [
      "arn:aws:iam::${var.account_id}:policy/${var.name}-*",
      "arn:aws:iam::${var.account_id}:role/${var.name}-ci-*",
      local.provider_arn,
    ]
  }

  statement {
    sid       = "BoundaryStays"
    effect    = "Deny"
    actions   = ["iam:DeleteRolePermissionsBoundary"]
    resources = ["arn:aws:iam::${var.account_id}:role/*"]
  }

  # The objects of its own state and lock, and nothing else of the bucket: no policy, no earlier version.
  statement {
    sid         = "StateBucketStays"
    effect      = "Deny"
    not_actions = ["s3:DeleteObject", "s3:Get*", "s3:List*", "s3:PutObject"]
    resources   = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
  }

  statement {
    sid       = "NotTheAdministrators"
    effect    = "Deny"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.state.arn}/bootstrap/*"]
  }

  statement {
    sid         = "StateKeyStays"
    effect      = "Deny"
    not_actions = ["kms:Decrypt", "kms:Describe*", "kms:GenerateDataKey", "kms:Get*", "kms:List*"]
    resources   = [aws_kms_key.state.arn]
  }
}

resource "aws_iam_role_policy" "apply" {
  name   = "denied"
  role   = aws_iam_role.ci["apply"].name
  policy = data.aws_iam_policy_document.apply.json
}
