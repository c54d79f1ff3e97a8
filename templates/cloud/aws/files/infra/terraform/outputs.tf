output "artifacts_bucket" {
  description = "Bucket of runs, models and the audit."
  value       = aws_s3_bucket.artifacts.bucket
}

output "key_arn" {
  description = "Key that encrypts data at rest: readers of the bucket need kms:Decrypt on it."
  value       = aws_kms_key.data.arn
}
