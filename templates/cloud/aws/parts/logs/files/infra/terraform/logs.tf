# Standard output of workloads, with one stream prefix per workload.

resource "aws_cloudwatch_log_group" "workloads" {
  #checkov:skip=CKV_AWS_338:`log_days` is a year in the protected environment and shorter in the others
  name              = "/${var.name}/workloads"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.data.arn
}

variable "log_days" {
  description = "Days for which log lines are stored."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827], var.log_days)
    error_message = "CloudWatch supports 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096 or 1827 days."
  }
}

output "log_group" {
  description = "Log group of the workloads."
  value       = aws_cloudwatch_log_group.workloads.name
}
