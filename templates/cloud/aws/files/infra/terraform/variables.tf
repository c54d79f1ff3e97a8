# From config/<env>.yaml, so that Python and Terraform cannot differ.

variable "environment" {
  description = "Name of the environment, one of config/<env>.yaml."
  type        = string
}

variable "account_id" {
  description = "The account of this environment; Terraform refuses to work in another one."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account id has twelve digits; in YAML, write it in quotes."
  }
}

variable "name" {
  description = "Prefix of every name in this environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,23}$", var.name))
    error_message = "Use 2 to 24 lower-case letters, digits and hyphens: names of services are as short as 32."
  }
}

variable "region" {
  description = "Region of everything that has one."
  type        = string
}

# From envs/<env>.tfvars.

variable "is_guarded" {
  description = "Whether this environment is protected: longer retention, and protection against accidental deletion."
  type        = bool
}

variable "artifact_versions_days" {
  description = "Days for which an overwritten or deleted file can be restored."
  type        = number

  validation {
    condition     = var.artifact_versions_days >= 1
    error_message = "At least one day: S3 does not take less."
  }
}

variable "run_days" {
  description = "Days after which the files of a run move to a cheaper storage class."
  type        = number

  validation {
    condition     = var.run_days >= 30
    error_message = "At least 30 days: S3 moves nothing to infrequent access earlier."
  }
}

variable "prediction_days" {
  description = "Days after which logged predictions are deleted."
  type        = number
  default     = 365

  validation {
    condition     = var.prediction_days >= 1
    error_message = "At least one day: S3 does not take less."
  }
}

variable "budget_usd" {
  description = "US dollars a month at which mails go out."
  type        = number
}

variable "budget_emails" {
  description = "Who gets these mails."
  type        = list(string)
}
