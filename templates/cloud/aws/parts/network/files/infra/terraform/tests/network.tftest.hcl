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
}

run "the_network_is_private_by_default" {
  command = plan

  assert {
    condition     = length(aws_internet_gateway.main) == 0 && length(aws_nat_gateway.main) == 0 && length(aws_route.internet) == 0
    error_message = "the network has internet access although has_internet is false"
  }

  assert {
    condition     = length(aws_subnet.private) >= 2 && alltrue([for subnet in aws_subnet.private : !subnet.map_public_ip_on_launch])
    error_message = "a zone is missing, or workloads in a private subnet get a public address"
  }

  assert {
    condition     = length(aws_default_security_group.main.ingress) == 0 && length(aws_default_security_group.main.egress) == 0
    error_message = "resources without a security group would be open"
  }

  assert {
    condition     = aws_flow_log.main.traffic_type == "ALL" && aws_cloudwatch_log_group.network.kms_key_id == aws_kms_key.data.arn
    error_message = "refused traffic is not logged, or the log is not encrypted"
  }
}

run "services_are_reached_privately_over_tls" {
  command = plan

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.service : endpoint.private_dns_enabled && endpoint.vpc_endpoint_type == "Interface"])
    error_message = "a service name would resolve to a public address"
  }

  assert {
    condition = alltrue([
      aws_vpc_security_group_ingress_rule.endpoints.cidr_ipv4 == "10.20.0.0/20",
      aws_vpc_security_group_ingress_rule.endpoints.from_port == 443,
      aws_vpc_security_group_ingress_rule.endpoints.to_port == 443,
    ])
    error_message = "endpoints are open to more than HTTPS from this network"
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.s3_endpoint.statement :
      anytrue([for c in statement.condition : c.variable == "aws:PrincipalAccount" && contains(c.values, "123456789012")])
      if contains(statement.actions, "s3:*")
    ])
    error_message = "keys of another account can copy files out through the S3 endpoint"
  }
}

run "has_internet_creates_a_nat_gateway" {
  command = plan

  variables {
    has_internet = true
  }

  assert {
    condition     = length(aws_nat_gateway.main) == 1 && !aws_subnet.public[0].map_public_ip_on_launch
    error_message = "has_internet creates no NAT gateway"
  }
}

run "one_zone_is_too_few" {
  command = plan

  variables {
    zones = ["a"]
  }

  expect_failures = [var.zones]
}
