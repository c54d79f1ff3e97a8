variable "function_memory_mb" {
  description = "Memory of one instance of the function, in MB; CPU scales with memory, with a full vCPU at 1769."
  type        = number
  default     = 1769

  validation {
    condition     = var.function_memory_mb >= 512 && var.function_memory_mb <= 10240
    error_message = "Set 512 to 10240 MB: the libraries need at least 512, and Lambda supports at most 10240."
  }
}

variable "function_timeout_seconds" {
  description = "Seconds after which a request times out."
  type        = number
  default     = 30

  validation {
    condition     = var.function_timeout_seconds >= 1 && var.function_timeout_seconds <= 900
    error_message = "Set 1 to 900 seconds: Lambda supports at most 900."
  }
}

variable "function_concurrency" {
  description = "Largest number of concurrent requests, reserved from the account's limit; -1 reserves nothing and sets no limit."
  type        = number
  default     = 10

  validation {
    condition     = var.function_concurrency >= 1 || var.function_concurrency == -1
    error_message = "Set at least 1, or -1 for no limit: with 0, the function would refuse all requests."
  }
}

variable "function_disk_mb" {
  description = "Size of /tmp, which stores models, in MB."
  type        = number
  default     = 512

  validation {
    condition     = var.function_disk_mb >= 512 && var.function_disk_mb <= 10240
    error_message = "Set 512 to 10240 MB: Lambda supports no other sizes."
  }
}

variable "function_error_percent" {
  description = "Percentage of failed requests above which an alarm fires and a deployment is rolled back."
  type        = number
  default     = 1

  validation {
    condition     = var.function_error_percent > 0 && var.function_error_percent < 10
    error_message = "Set a value above 0 and below 10: a new version first receives a tenth of the requests, so its failures could not reach a higher limit."
  }
}

variable "has_function_url" {
  description = "Whether the function has an HTTPS address for callers that sign their requests with IAM."
  type        = bool
  default     = false
}

output "function_name" {
  description = "Name of the function; callers use its alias, <name>:live. Empty before the first image."
  value       = one(aws_lambda_function.predict[*].function_name)
}

output "function_url" {
  description = "HTTPS address of the function, if has_function_url is true."
  value       = one(aws_lambda_function_url.live[*].function_url)
}
