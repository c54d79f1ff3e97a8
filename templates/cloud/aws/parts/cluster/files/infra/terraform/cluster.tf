# Cluster for services and tasks. It has no instances, so the cluster itself is free.

resource "aws_ecs_cluster" "main" {
  #checkov:skip=CKV_AWS_65:enabled in the protected environment only
  name = var.name

  setting {
    # Metrics per task; CloudWatch bills each metric.
    name  = "containerInsights"
    value = var.is_guarded ? "enabled" : "disabled"
  }

  # Records each shell that a user opens in a task (ECS Exec).
  configuration {
    execute_command_configuration {
      kms_key_id = aws_kms_key.data.arn
      logging    = "OVERRIDE"

      log_configuration {
        cloud_watch_encryption_enabled = true
        cloud_watch_log_group_name     = aws_cloudwatch_log_group.workloads.name
      }
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}
