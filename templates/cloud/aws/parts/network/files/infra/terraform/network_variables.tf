variable "network_cidr" {
  description = "Address range of the network; connected environments must not overlap."
  type        = string
  default     = "10.20.0.0/20"

  validation {
    condition     = can(cidrsubnet(var.network_cidr, 6, 63)) && tonumber(split("/", var.network_cidr)[1]) <= 22
    error_message = "Use CIDR notation such as 10.20.0.0/20, /22 or larger: the subnet of each zone takes a quarter of the range."
  }
}

variable "zones" {
  description = "Letters of the availability zones that the network spans."
  type        = list(string)
  default     = ["a", "b"]

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 3 && length(distinct(var.zones)) == length(var.zones)
    error_message = "Set two or three different letters: a load balancer requires at least two zones."
  }
}

variable "has_internet" {
  description = "Whether to create a NAT gateway for services outside AWS."
  type        = bool
  default     = false
}
