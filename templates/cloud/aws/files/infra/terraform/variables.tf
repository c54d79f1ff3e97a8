# Values from config/<env>.yaml, so that Python and Terraform always use the same ones.

variable "environment" {
  description = "Name of the environment, as in config/<env>.yaml."
  type        = string
}

variable "account_id" {
  description = "AWS account ID of this environment; Terraform refuses to run in any other account."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An AWS account ID has twelve digits. Set aws.account in config/<env>.yaml, and quote it."
  }
}

variable "name" {
  description = "Prefix of all resource names in this environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "Use 2 to 24 lowercase letters, digits and hyphens: some services limit names to 32 characters."
  }
}

variable "region" {
  description = "AWS region of all regional resources."
  type        = string
}

# Values from envs/<env>.tfvars.

variable "is_guarded" {
  description = "Whether this environment is protected: longer retention, and protection against accidental deletion."
  type        = bool
}

variable "artifact_versions_days" {
  description = "Days for which an overwritten or deleted file can be restored."
  type        = number

  validation {
    condition     = var.artifact_versions_days >= 1
    error_message = "Set at least 1 day: S3 does not accept less."
  }
}

variable "run_days" {
  description = "Days after which the files of a run move to a cheaper storage class."
  type        = number

  validation {
    condition     = var.run_days >= 30
    error_message = "Set at least 30 days: S3 does not move objects to infrequent access earlier."
  }
}

variable "prediction_days" {
  description = "Days after which logged predictions are deleted."
  type        = number
  default     = 365

  validation {
    condition     = var.prediction_days >= 1
    error_message = "Set at least 1 day: S3 does not accept less."
  }
}

variable "budget_usd" {
  description = "Monthly budget in US dollars; AWS sends emails when it is reached or forecast to be exceeded."
  type        = number
}

variable "budget_emails" {
  description = "Email addresses that receive the budget emails."
  type        = list(string)
}

variable "has_cost_monitor" {
  description = "Whether to watch for unusual costs; possible only in an account that pays its own bills."
  type        = bool
  default     = false

  validation {
    condition     = !var.has_cost_monitor || length(var.budget_emails) > 0
    error_message = "Add an address to budget_emails: the monitor sends its reports to these addresses."
  }
}
