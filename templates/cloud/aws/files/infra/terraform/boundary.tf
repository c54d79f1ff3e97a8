# infra/bootstrap creates this boundary. All roles here have it; CI cannot create a role without it.

locals {
  boundary = "arn:aws:iam::${var.account_id}:policy/${var.name}-boundary"
}
