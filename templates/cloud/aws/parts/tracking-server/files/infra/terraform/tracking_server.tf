# MLflow server: runs and versions in the database, files of runs in the bucket, and its own user accounts.
# Reachable from the private network at var.tracking_host, which config/<env>.yaml also uses.

locals {
  has_tracking_image = var.tracking_image != ""
  has_tracking_tls   = var.tracking_certificate != ""
  tracking_port      = local.has_tracking_tls ? 443 : 80
  # Seconds after which the load balancer closes an idle connection.
  tracking_idle_seconds = 60

  tracking_command = [
    "mlflow", "server",
    "--host", "0.0.0.0",
    "--port", "5000",
    "--workers", "2",
    # The load balancer closes idle connections first. If the server did, it could close one while the load balancer
    # sends a request on it, and the client would get status 502.
    "--uvicorn-opts", "--timeout-keep-alive ${local.tracking_idle_seconds + 30}",
    # PG* variables set the host, user and name, so that no URI contains a password.
    "--backend-store-uri", "postgresql+psycopg2://",
    # Clients upload files through the server, so they need no permissions for the bucket.
    "--artifacts-destination", "s3://${aws_s3_bucket.artifacts.bucket}/tracking",
    "--app-name", "basic-auth",
    # Refuses requests with another host name, such as DNS rebinding from a foreign web page.
    "--allowed-hosts", var.tracking_host,
    "--cors-allowed-origins", "${local.has_tracking_tls ? "https" : "http"}://${var.tracking_host}",
  ]
}

# `make deploy-tracking` builds the image from deploy/tracking.

resource "aws_ecr_repository" "tracking" {
  name                 = "${var.name}-tracking"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !var.is_guarded

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.data.arn
  }
}

data "aws_iam_policy_document" "tracking_start" {
  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.tracking.arn]
  }

  # Tasks that use the server receive its password at startup.
  statement {
    sid       = "Password"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.tracking.arn]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "tracking_start" {
  name   = "tracking-server"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.tracking_start.json
}

# Administrator of the server. The server sets the password at its first start, so it is in no state and no file.

resource "aws_secretsmanager_secret" "tracking" {
  #checkov:skip=CKV2_AWS_57:AWS cannot rotate the password of the administrator, because the server offers no function for it
  name                    = "${var.name}-tracking-server"
  description             = "Administrator of the tracking server of ${var.name}"
  kms_key_id              = aws_kms_key.data.arn
  recovery_window_in_days = var.is_guarded ? 30 : 0
}

data "aws_iam_policy_document" "tracking_passwords" {
  statement {
    sid       = "Database"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = aws_db_instance.main.master_user_secret[*].secret_arn
  }

  statement {
    sid       = "Administrator"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    resources = [aws_secretsmanager_secret.tracking.arn]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.data.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "tracking_passwords" {
  name   = "passwords"
  role   = aws_iam_role.workload["tracking"].id
  policy = data.aws_iam_policy_document.tracking_passwords.json
}

# Server.

resource "aws_ecs_task_definition" "tracking" {
  family                   = "${var.name}-tracking"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.tracking_cpu
  memory                   = var.tracking_memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.workload["tracking"].arn

  # A rollback of the deployment uses the previous revision.
  skip_destroy = true

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([
    {
      name                   = "server"
      image                  = local.has_tracking_image ? var.tracking_image : "${aws_ecr_repository.tracking.repository_url}:none"
      essential              = true
      readonlyRootFilesystem = true
      command                = local.tracking_command
      portMappings           = [{ containerPort = 5000, protocol = "tcp" }]
      mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
      linuxParameters        = { initProcessEnabled = true }
      stopTimeout            = 30

      environment = [
        { name = "ADMIN_SECRET", value = aws_secretsmanager_secret.tracking.arn },
        { name = "AWS_REGION", value = var.region },
        { name = "DATABASE_SECRET", value = one(aws_db_instance.main.master_user_secret[*].secret_arn) },
        { name = "PGDATABASE", value = aws_db_instance.main.db_name },
        { name = "PGHOST", value = aws_db_instance.main.address },
        { name = "PGPORT", value = tostring(aws_db_instance.main.port) },
        { name = "PGSSLMODE", value = "require" },
        { name = "PGUSER", value = aws_db_instance.main.username },
      ]

      healthCheck = {
        command     = ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5000/health', timeout=4)"]
        interval    = 30
        timeout     = 5
        retries     = 3
        startPeriod = 120
      }

      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.workloads.name
          awslogs-region        = var.region
          awslogs-stream-prefix = "tracking"
        }
      }
    },
  ])
}

resource "aws_ecs_service" "tracking" {
  name                              = "tracking"
  cluster                           = aws_ecs_cluster.main.id
  task_definition                   = aws_ecs_task_definition.tracking.arn
  desired_count                     = local.has_tracking_image ? 1 : 0
  health_check_grace_period_seconds = 120
  propagate_tags                    = "TASK_DEFINITION"

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }

  # The new task responds before the old one stops. If it does not respond, ECS rolls back.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = values(aws_subnet.private)[*].id
    security_groups  = [aws_security_group.tracking.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.tracking.arn
    container_name   = "server"
    container_port   = 5000
  }

  depends_on = [aws_lb_listener.tracking, aws_iam_role_policy.tracking_passwords, aws_iam_role_policy.tracking_start]
}
