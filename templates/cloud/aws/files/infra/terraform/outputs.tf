output "artifacts_bucket" {
  description = "Bucket for runs, models and the audit log."
  value       = aws_s3_bucket.artifacts.bucket
}

output "key_arn" {
  description = "Key that encrypts data at rest; readers of the bucket need kms:Decrypt for this key."
  value       = aws_kms_key.data.arn
}
