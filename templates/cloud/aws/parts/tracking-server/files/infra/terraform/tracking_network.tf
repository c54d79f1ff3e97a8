# Network access to and from the tracking server.

resource "aws_lb" "tracking" {
  #checkov:skip=CKV_AWS_91:the server logs each request, and is not reachable from outside the network
  #checkov:skip=CKV_AWS_150:depends on `is_guarded`: in other environments make infra-destroy must be able to remove it
  name                       = "${var.name}-track"
  internal                   = true
  load_balancer_type         = "application"
  subnets                    = values(aws_subnet.private)[*].id
  security_groups            = [aws_security_group.tracking_balancer.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.is_guarded
  idle_timeout               = local.tracking_idle_seconds
}

resource "aws_lb_target_group" "tracking" {
  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; only its security group can reach the server
  name        = "${var.name}-track"
  vpc_id      = aws_vpc.main.id
  target_type = "ip"
  protocol    = "HTTP"
  port        = 5000
  # A page request takes seconds; a client repeats an interrupted upload.
  deregistration_delay = 30

  health_check {
    # The only path that requires neither the host name nor a password.
    path                = "/health"
    healthy_threshold   = 2
    unhealthy_threshold = 3
    interval            = 15
    timeout             = 5
  }
}

resource "aws_lb_listener" "tracking" {
  #checkov:skip=CKV_AWS_2:TLS requires a certificate for your own domain: var.tracking_certificate
  #checkov:skip=CKV_AWS_103:TLS requires a certificate for your own domain: var.tracking_certificate
  #checkov:skip=CKV2_AWS_20:without a certificate, no HTTPS listener exists to redirect to
  load_balancer_arn = aws_lb.tracking.arn
  port              = local.tracking_port
  protocol          = local.has_tracking_tls ? "HTTPS" : "HTTP"
  certificate_arn   = local.has_tracking_tls ? var.tracking_certificate : null
  ssl_policy        = local.has_tracking_tls ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : null

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tracking.arn
  }
}

# The zone is the host name itself, so that a name in a public domain does not hide the other names of that domain.
resource "aws_route53_zone" "tracking" {
  #checkov:skip=CKV2_AWS_38:a private zone does not support DNSSEC
  #checkov:skip=CKV2_AWS_39:a private zone does not support query logging
  name          = var.tracking_host
  force_destroy = true

  vpc {
    vpc_id = aws_vpc.main.id
  }
}

resource "aws_route53_record" "tracking" {
  zone_id = aws_route53_zone.tracking.zone_id
  name    = var.tracking_host
  type    = "A"

  alias {
    name                   = aws_lb.tracking.dns_name
    zone_id                = aws_lb.tracking.zone_id
    evaluate_target_health = false
  }
}

resource "aws_security_group" "tracking_balancer" {
  name        = "${var.name}-tracking-balancer"
  description = "Clients of the tracking server"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${var.name}-tracking-balancer" }
}

resource "aws_vpc_security_group_ingress_rule" "tracking_clients" {
  security_group_id = aws_security_group.tracking_balancer.id
  description       = "Clients in this network"
  cidr_ipv4         = aws_vpc.main.cidr_block
  ip_protocol       = "tcp"
  from_port         = local.tracking_port
  to_port           = local.tracking_port
}

resource "aws_vpc_security_group_egress_rule" "tracking_server" {
  security_group_id            = aws_security_group.tracking_balancer.id
  description                  = "The server"
  referenced_security_group_id = aws_security_group.tracking.id
  ip_protocol                  = "tcp"
  from_port                    = 5000
  to_port                      = 5000
}

resource "aws_security_group" "tracking" {
  name        = "${var.name}-tracking"
  description = "The tracking server"
  vpc_id      = aws_vpc.main.id

  tags = { Name = "${var.name}-tracking" }
}

resource "aws_vpc_security_group_ingress_rule" "tracking_balancer" {
  security_group_id            = aws_security_group.tracking.id
  description                  = "The load balancer"
  referenced_security_group_id = aws_security_group.tracking_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 5000
  to_port                      = 5000
}

resource "aws_vpc_security_group_egress_rule" "tracking_endpoints" {
  security_group_id            = aws_security_group.tracking.id
  description                  = "AWS endpoints"
  referenced_security_group_id = aws_security_group.endpoints.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "tracking_files" {
  security_group_id = aws_security_group.tracking.id
  description       = "S3: files of runs and image layers"
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "tracking_database" {
  security_group_id            = aws_security_group.tracking.id
  description                  = "The database"
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "database_tracking" {
  security_group_id            = aws_security_group.database.id
  description                  = "The tracking server"
  referenced_security_group_id = aws_security_group.tracking.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

# Without the server no run can be recorded, and training fails at its last step.
resource "aws_cloudwatch_metric_alarm" "tracking" {
  alarm_name          = "${var.name}-tracking-server"
  alarm_description   = "The tracking server does not respond: docs/tools/tracking-server.md"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HealthyHostCount"
  dimensions          = { LoadBalancer = aws_lb.tracking.arn_suffix, TargetGroup = aws_lb_target_group.tracking.arn_suffix }
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 5
  treat_missing_data  = "breaching"
  # Before the first image, no server exists that could respond.
  actions_enabled = local.has_tracking_image
  alarm_actions   = [aws_sns_topic.alerts.arn]
  ok_actions      = [aws_sns_topic.alerts.arn]
}

variable "tracking_host" {
  description = "Host name of the tracking server, as in tracking.uri of config/<env>.yaml."
  type        = string
  default     = "tracking.internal"

  validation {
    condition     = can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", var.tracking_host))
    error_message = "Set a host name with at least one dot, without a protocol or port."
  }
}

variable "tracking_certificate" {
  description = "ARN of an ACM certificate for tracking_host; if empty, clients use HTTP within the network."
  type        = string
  default     = ""

  validation {
    condition     = var.tracking_allows_http || var.tracking_certificate != ""
    error_message = "Set the ARN of an ACM certificate: without one, passwords and runs cross the network unencrypted. To accept that, set tracking_allows_http = true."
  }
}

variable "tracking_allows_http" {
  description = "Whether the tracking server can be used without a certificate."
  type        = bool
  default     = true
}

variable "tracking_image" {
  description = "Image of the tracking server, by tag or digest; empty before `make deploy-tracking`."
  type        = string
  default     = ""

  validation {
    condition     = !endswith(var.tracking_image, ":latest")
    error_message = "Use an immutable reference: a digest, or a tag other than latest."
  }
}

variable "tracking_cpu" {
  description = "CPU units of the tracking server, 1024 per vCPU."
  type        = number
  default     = 512
}

variable "tracking_memory" {
  description = "Memory of the tracking server, in MiB."
  type        = number
  default     = 2048
}

output "tracking_image" {
  description = "Image of the tracking server; empty before the first deployment."
  value       = var.tracking_image
}

output "tracking_repository" {
  description = "Repository for the image of the tracking server."
  value       = aws_ecr_repository.tracking.repository_url
}

output "tracking_secret" {
  description = "Secret with the user name and password of the tracking server."
  value       = aws_secretsmanager_secret.tracking.name
}
