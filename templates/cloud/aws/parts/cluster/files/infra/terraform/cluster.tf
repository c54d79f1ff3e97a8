# Where services and tasks run; without machines of one's own it costs nothing by itself.

resource "aws_ecs_cluster" "main" {
  #checkov:skip=CKV_AWS_65:on in the guarded environment, where somebody looks at it
  name = var.name

  setting {
    # Metrics of each task, billed by their number.
    name  = "containerInsights"
    value = var.is_guarded ? "enabled" : "disabled"
  }

  # Whoever opens a shell in a task (ECS Exec) is recorded.
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
