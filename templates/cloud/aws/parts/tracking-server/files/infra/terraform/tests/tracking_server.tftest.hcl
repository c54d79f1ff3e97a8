# The mock provider needs no account, and sets computed values already in the plan.
mock_provider "aws" {
  override_during = plan

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::a-bucket" }
  }

  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:demo-dev/tracking-server-abcdef" }
  }

  mock_resource "aws_ecr_repository" {
    defaults = {
      arn            = "arn:aws:ecr:eu-west-1:123456789012:repository/demo-dev-tracking"
      repository_url = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev-tracking"
    }
  }

  mock_resource "aws_vpc" {
    defaults = { id = "vpc-0123456789abcdef0" }
  }

  mock_resource "aws_security_group" {
    defaults = { id = "sg-0123456789abcdef0" }
  }

  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/demo-dev-track/0123456789abcdef" }
  }

  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/demo-dev-track/0123456789abcdef" }
  }

  mock_resource "aws_db_instance" {
    defaults = {
      address = "demo-dev.abc.eu-west-1.rds.amazonaws.com"
      master_user_secret = [{
        kms_key_id    = "some"
        secret_arn    = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-0123-abcdef"
        secret_status = "active"
      }]
    }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:demo-dev-alerts" }
  }

  mock_resource "aws_ecs_cluster" {
    defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/demo-dev" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/demo-dev-some" }
  }

  mock_resource "aws_ecs_task_definition" {
    defaults = {
      arn                  = "arn:aws:ecs:eu-west-1:123456789012:task-definition/demo-dev-some:1"
      arn_without_revision = "arn:aws:ecs:eu-west-1:123456789012:task-definition/demo-dev-some"
    }
  }
}

variables {
  environment            = "dev"
  account_id             = "123456789012"
  name                   = "demo-dev"
  region                 = "eu-west-1"
  is_guarded             = false
  artifact_versions_days = 14
  run_days               = 60
  budget_usd             = 100
  budget_emails          = []
  tracking_host          = "tracking.demo-dev.internal"
  tracking_image         = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev-tracking:0123456789abcdef"
}

run "the_server_requires_a_password_and_its_own_host_name" {
  command = plan

  assert {
    condition     = strcontains(join(" ", local.tracking_command), "--app-name basic-auth") && strcontains(join(" ", local.tracking_command), "--allowed-hosts tracking.demo-dev.internal ")
    error_message = "the server answers without a password, or for any host name"
  }

  assert {
    condition     = tonumber(regex("--timeout-keep-alive ([0-9]+)", join(" ", local.tracking_command))[0]) > aws_lb.tracking.idle_timeout
    error_message = "the server could close a connection on which the load balancer sends a request"
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.tracking.container_definitions)[0].command == local.tracking_command && jsondecode(aws_ecs_task_definition.tracking.container_definitions)[0].readonlyRootFilesystem
    error_message = "the task runs another command, or can change its own files"
  }

  assert {
    condition     = aws_route53_record.tracking.name == var.tracking_host && one(aws_route53_zone.tracking.vpc).vpc_id == aws_vpc.main.id
    error_message = "the host name in config/<env>.yaml does not resolve to the server"
  }
}

run "passwords_are_in_secrets_alone" {
  command = plan

  assert {
    condition     = !strcontains(lower(aws_ecs_task_definition.tracking.container_definitions), "password")
    error_message = "a password is in the task definition"
  }

  assert {
    condition = alltrue([
      for statement in concat(data.aws_iam_policy_document.tracking_passwords.statement, data.aws_iam_policy_document.tracking_start.statement) :
      !contains(statement.resources, "*") && !anytrue([for action in statement.actions : endswith(action, "*")])
    ])
    error_message = "the server can read more than its own passwords"
  }

  assert {
    condition     = aws_secretsmanager_secret.tracking.kms_key_id == aws_kms_key.data.arn
    error_message = "the password is not encrypted with the key of this environment"
  }
}

run "only_this_network_reaches_it" {
  command = plan

  assert {
    condition     = aws_lb.tracking.internal && !one(aws_ecs_service.tracking.network_configuration).assign_public_ip && aws_vpc_security_group_ingress_rule.tracking_clients.cidr_ipv4 == var.network_cidr
    error_message = "the server is reachable from outside"
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.database_tracking.from_port == 5432 && aws_vpc_security_group_ingress_rule.database_tracking.referenced_security_group_id == aws_security_group.tracking.id
    error_message = "clients other than the server can reach the database"
  }
}

run "a_certificate_makes_it_https" {
  command = plan

  variables {
    tracking_certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  }

  assert {
    condition     = aws_lb_listener.tracking.protocol == "HTTPS" && aws_lb_listener.tracking.port == 443 && startswith(aws_lb_listener.tracking.ssl_policy, "ELBSecurityPolicy-TLS13")
    error_message = "the certificate is not used"
  }
}

run "without_a_certificate_passwords_need_a_decision" {
  command = plan

  variables {
    tracking_allows_http = false
  }

  expect_failures = [var.tracking_certificate]
}

run "before_the_first_image_no_server_runs" {
  command = plan

  variables {
    tracking_image = ""
  }

  assert {
    condition     = aws_ecs_service.tracking.desired_count == 0 && !aws_cloudwatch_metric_alarm.tracking.actions_enabled
    error_message = "a task without an image would fail repeatedly and send alerts"
  }
}

run "a_server_image_that_can_move_is_refused" {
  command = plan

  variables {
    tracking_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/demo-dev-tracking:latest"
  }

  expect_failures = [var.tracking_image]
}
