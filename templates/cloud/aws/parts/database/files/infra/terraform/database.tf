# PostgreSQL for what the environment's servers remember. AWS makes its password and changes it every
# week: it stands in the secret that the instance names, never in the state or a file.

resource "aws_db_subnet_group" "main" {
  name       = "${var.name}-main"
  subnet_ids = values(aws_subnet.private)[*].id
}

# Who may connect says so by a rule of its own.
resource "aws_security_group" "database" {
  name        = "${var.name}-database"
  description = "PostgreSQL from the servers that use it"
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

  # Statements that change tables or users, and those that take longer than a second.
  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
}

# Made before the instance, which would otherwise make one that keeps its lines for ever.
resource "aws_cloudwatch_log_group" "database" {
  #checkov:skip=CKV_AWS_338:`log_days` is a year in the guarded environment and shorter where nobody reads it
  name              = "/aws/rds/instance/${var.name}-main/postgresql"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.data.arn
}

resource "aws_db_instance" "main" {
  #checkov:skip=CKV_AWS_118:metrics of the machine each minute are enough for a database of records
  #checkov:skip=CKV_AWS_157:`is_guarded` decides: a second zone doubles the price
  #checkov:skip=CKV_AWS_293:`is_guarded` decides: elsewhere make infra-destroy must be able to remove it
  identifier     = "${var.name}-main"
  engine         = "postgres"
  engine_version = "17"
  instance_class = var.database_class

  db_name                       = "mlops"
  username                      = "mlops"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.data.arn
  # People look inside as themselves, without a password.
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
  # Without it a change waits for the next maintenance window, and the plan after it shows nothing.
  apply_immediately  = !var.is_guarded
  maintenance_window = "sun:03:30-sun:04:30"

  backup_retention_period   = var.database_backup_days
  backup_window             = "01:30-02:30"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.is_guarded
  deletion_protection       = var.is_guarded
  skip_final_snapshot       = !var.is_guarded
  final_snapshot_identifier = "${var.name}-final"

  enabled_cloudwatch_logs_exports = ["postgresql"]
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.data.arn

  depends_on = [aws_cloudwatch_log_group.database]

  lifecycle {
    prevent_destroy = true
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
    error_message = "1 to 35 days: 0 would switch backups off."
  }
}

output "database_address" {
  description = "Host of the database, reached from the private network."
  value       = aws_db_instance.main.address
}

output "database_secret" {
  description = "Secret with the database's user and password."
  value       = one(aws_db_instance.main.master_user_secret[*].secret_arn)
}
