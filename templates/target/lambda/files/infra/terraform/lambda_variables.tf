variable "function_memory_mb" {
  description = "Memory of one instance of the function, in MB; CPU scales with memory, with a full vCPU at 1769."
  type        = number
  default     = 1769

  validation {
    condition     = var.function_memory_mb >= 512 && var.function_memory_mb <= 10240
    error_message = "512 to 10240 megabytes: less does not hold the libraries, more Lambda does not give."
  }
}

variable "function_timeout_seconds" {
  description = "Seconds after which a request times out."
  type        = number
  default     = 30

  validation {
    condition     = var.function_timeout_seconds >= 1 && var.function_timeout_seconds <= 900
    error_message = "1 to 900 seconds: Lambda takes no more."
  }
}

variable "function_concurrency" {
  description = "Largest number of concurrent requests, reserved from the account's limit; -1 reserves nothing and sets no limit."
  type        = number
  default     = 10

  validation {
    condition     = var.function_concurrency >= 1 || var.function_concurrency == -1
    error_message = "At least 1: with 0 nothing would be answered. -1 sets no bound."
  }
}

variable "function_disk_mb" {
  description = "Room for models in /tmp."
  type        = number
  default     = 512

  validation {
    condition     = var.function_disk_mb >= 512 && var.function_disk_mb <= 10240
    error_message = "512 to 10240 megabytes."
  }
}

variable "function_error_percent" {
  description = "Percentage of failed requests above which an alarm fires and a deployment is taken back."
  type        = number
  default     = 1

  validation {
    condition     = var.function_error_percent > 0 && var.function_error_percent < 10
    error_message = "Above 0 and below 10: a new version gets a tenth of the requests first, so it could not be seen failing."
  }
}

variable "has_function_url" {
  description = "Whether the function has an HTTPS address for callers that sign their requests with IAM."
  type        = bool
  default     = false
}

output "function_name" {
  description = "The function; callers name its alias, <name>:live. Empty before the first image."
  value       = one(aws_lambda_function.predict[*].function_name)
}

output "function_url" {
  description = "Its HTTPS address, where has_function_url asks for one."
  value       = one(aws_lambda_function_url.live[*].function_url)
}
