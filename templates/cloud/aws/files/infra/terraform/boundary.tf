# Made by infra/bootstrap; every role here has it, and CI can make none without it.

locals {
  boundary = "arn:aws:iam::${var.account_id}:policy/${var.name}-boundary"
}
