# Where the steps of training run: on Fargate Spot, and on Fargate where Spot is full.

locals {
  capacities = { spot = "FARGATE_SPOT", on-demand = "FARGATE" }
  # Pushed beside the image of the service, under the same commit.
  train_image = "${local.image}-train"
}

resource "aws_batch_compute_environment" "training" {
  for_each = local.capacities

  name = "${var.name}-${each.key}"
  type = "MANAGED"

  compute_resources {
    type               = each.value
    max_vcpus          = var.jobs_max_vcpus
    subnets            = values(aws_subnet.private)[*].id
    security_group_ids = [aws_security_group.jobs.id]
  }
}

resource "aws_batch_job_queue" "training" {
  name     = "${var.name}-training"
  state    = "ENABLED"
  priority = 1

  compute_environment_order {
    order               = 1
    compute_environment = aws_batch_compute_environment.training["spot"].arn
  }

  compute_environment_order {
    order               = 2
    compute_environment = aws_batch_compute_environment.training["on-demand"].arn
  }
}

# One definition for all steps: the state machine says which, and how large.
resource "aws_batch_job_definition" "step" {
  name                  = "${var.name}-step"
  type                  = "container"
  platform_capabilities = ["FARGATE"]
  propagate_tags        = true

  # What the platform took away or could not start is tried again here, without the step failing.
  # A step that ended by itself is the state machine's to judge.
  retry_strategy {
    attempts = 3

    evaluate_on_exit {
      action           = "RETRY"
      on_status_reason = "Your Spot Task was interrupted*"
    }

    evaluate_on_exit {
      action    = "RETRY"
      on_reason = "CannotPullContainer*"
    }

    evaluate_on_exit {
      action    = "RETRY"
      on_reason = "ResourceInitializationError*"
    }

    evaluate_on_exit {
      action    = "EXIT"
      on_reason = "*"
    }
  }

  # The state machine sets less for each step.
  timeout {
    attempt_duration_seconds = 7200
  }

  container_properties = jsonencode({
    image            = local.train_image
    jobRoleArn       = aws_iam_role.workload["train"].arn
    executionRoleArn = aws_iam_role.execution.arn

    fargatePlatformConfiguration = { platformVersion = "LATEST" }
    runtimePlatform              = { cpuArchitecture = "X86_64", operatingSystemFamily = "LINUX" }
    networkConfiguration         = { assignPublicIp = "DISABLED" }

    resourceRequirements = [
      { type = "VCPU", value = tostring(var.step_vcpu) },
      { type = "MEMORY", value = tostring(var.step_memory) },
    ]

    # The account again, since the image may be older than the line in config/<env>.yaml.
    environment = [
      { name = "MLOPS_AWS__ACCOUNT", value = var.account_id },
      { name = "MLOPS_ENV", value = var.environment },
    ]

    # Steps write files to /tmp before they upload them, and nowhere else.
    readonlyRootFilesystem = true
    volumes                = [{ name = "scratch" }]
    mountPoints            = [{ sourceVolume = "scratch", containerPath = "/tmp", readOnly = false }]
    ephemeralStorage       = { sizeInGiB = var.step_disk }

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.workloads.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "train"
      }
    }
  })
}

# Nobody connects to a job. A job connects to endpoints of AWS, to what else is in this network, and
# to the internet where the network has a way to it.

resource "aws_security_group" "jobs" {
  name        = "${var.name}-jobs"
  description = "Steps of training"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${var.name}-jobs" }
}

resource "aws_vpc_security_group_egress_rule" "jobs" {
  security_group_id = aws_security_group.jobs.id
  description       = "Endpoints, and servers of this network, which say themselves who may connect"
  cidr_ipv4         = aws_vpc.main.cidr_block
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 65535
}

resource "aws_vpc_security_group_egress_rule" "jobs_s3" {
  security_group_id = aws_security_group.jobs.id
  description       = "S3, through its gateway"
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "jobs_internet" {
  count = var.has_internet ? 1 : 0

  security_group_id = aws_security_group.jobs.id
  description       = "HTTPS to services outside AWS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

variable "jobs_max_vcpus" {
  description = "vCPUs that jobs may use at once, of Spot and of on-demand capacity each."
  type        = number
  default     = 4

  validation {
    condition     = var.jobs_max_vcpus >= max(var.step_vcpu, var.train_vcpu)
    error_message = "A job that is larger than this would wait for ever."
  }
}

variable "step_vcpu" {
  description = "vCPUs of every step but the fit."
  type        = number
  default     = 1

  validation {
    condition     = contains([0.25, 0.5, 1, 2, 4, 8, 16], var.step_vcpu)
    error_message = "Fargate has 0.25, 0.5, 1, 2, 4, 8 or 16 vCPUs."
  }
}

variable "step_memory" {
  description = "MiB of every step but the fit."
  type        = number
  default     = 4096

  validation {
    condition     = var.step_memory >= 1024 * var.step_vcpu * 2 && var.step_memory <= 1024 * var.step_vcpu * 8
    error_message = "Fargate takes 2 to 8 GiB for each vCPU, in whole steps: 2048 to 8192 for one."
  }
}

variable "train_vcpu" {
  description = "vCPUs of the step that fits the model."
  type        = number
  default     = 2

  validation {
    condition     = contains([0.25, 0.5, 1, 2, 4, 8, 16], var.train_vcpu)
    error_message = "Fargate has 0.25, 0.5, 1, 2, 4, 8 or 16 vCPUs."
  }
}

variable "train_memory" {
  description = "MiB of the step that fits the model."
  type        = number
  default     = 8192

  validation {
    condition     = var.train_memory >= 1024 * var.train_vcpu * 2 && var.train_memory <= 1024 * var.train_vcpu * 8
    error_message = "Fargate takes 2 to 8 GiB for each vCPU, in whole steps: 2048 to 8192 for one."
  }
}

variable "step_disk" {
  description = "GiB of scratch space of a job."
  type        = number
  default     = 21

  validation {
    condition     = var.step_disk >= 21 && var.step_disk <= 200
    error_message = "Fargate has 21 to 200 GiB."
  }
}

output "training_queue" {
  description = "Queue in which the steps of training wait for their container."
  value       = aws_batch_job_queue.training.name
}
