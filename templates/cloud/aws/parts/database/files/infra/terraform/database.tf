# PostgreSQL for the servers of the environment. AWS generates its password and rotates it every week.
# The password is in the secret of the instance, never in the state or in a file.

resource "aws_db_subnet_group" "main" {
  name       = "${var.name}-main"
  subnet_ids = values(aws_subnet.private)[*].id
}

# Each client adds its own ingress rule to this group.
resource "aws_security_group" "database" {
  name        = "${var.name}-database"
  description = "PostgreSQL connections from the servers of the environment"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${var.name}-database" }
}

resource "aws_db_parameter_group" "main" {
  name   = "${var.name}-postgres17"
  family = "postgres17"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  # Logs statements that change tables or users, and statements that take longer than one second.
  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
}

# Created before the instance. Otherwise RDS creates the group, without a retention limit.
resource "aws_cloudwatch_log_group" "database" {
  #checkov:skip=CKV_AWS_338:`log_days` is a year in the protected environment and shorter in the others
  name              = "/aws/rds/instance/${var.name}-main/postgresql"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.data.arn
}

resource "aws_db_instance" "main" {
  #checkov:skip=CKV_AWS_118:instance metrics per minute are enough for a database of records
  #checkov:skip=CKV_AWS_157:depends on `is_guarded`: a second zone doubles the price
  #checkov:skip=CKV_AWS_293:depends on `is_guarded`: in other environments make infra-destroy must be able to remove it
  identifier     = "${var.name}-main"
  engine         = "postgres"
  engine_version = "17"
  instance_class = var.database_class

  db_name                       = "mlops"
  username                      = "mlops"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.data.arn
  # Users connect with their IAM identity, without a password.
  iam_database_authentication_enabled = true

  storage_type          = "gp3"
  allocated_storage     = 20
  max_allocated_storage = 100
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.data.arn

  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [aws_security_group.database.id]
  publicly_accessible    = false
  multi_az               = var.is_guarded

  parameter_group_name        = aws_db_parameter_group.main.name
  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = false
  # Otherwise a change waits for the next maintenance window, and the next plan shows no pending change.
  apply_immediately  = !var.is_guarded
  maintenance_window = "sun:03:30-sun:04:30"

  backup_retention_period  = var.database_backup_days
  backup_window            = "01:30-02:30"
  copy_tags_to_snapshot    = true
  delete_automated_backups = !var.is_guarded
  deletion_protection      = var.is_guarded
  skip_final_snapshot      = !var.is_guarded
  # The time of the creation makes the name unique: the snapshot of an earlier instance can still exist.
  final_snapshot_identifier = "${var.name}-final-${formatdate("YYYYMMDDhhmmss", timestamp())}"

  enabled_cloudwatch_logs_exports = ["postgresql"]
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.data.arn

  depends_on = [aws_cloudwatch_log_group.database]

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [final_snapshot_identifier]
  }
}

variable "database_class" {
  description = "Instance class of the database."
  type        = string
  default     = "db.t4g.micro"
}

variable "database_backup_days" {
  description = "Days for which the database can be restored to any second."
  type        = number
  default     = 7

  validation {
    condition     = var.database_backup_days >= 1 && var.database_backup_days <= 35
    error_message = "Set 1 to 35 days: 0 disables backups."
  }
}

output "database_address" {
  description = "Host of the database, reachable from the private network only."
  value       = aws_db_instance.main.address
}

output "database_secret" {
  description = "Secret with the user name and password of the database."
  value       = one(aws_db_instance.main.master_user_secret[*].secret_arn)
}
