variable "network_cidr" {
  description = "Address range of the network; connected environments must not overlap."
  type        = string
  default     = "10.20.0.0/20"

  validation {
    condition     = can(cidrsubnet(var.network_cidr, 6, 63)) && tonumber(split("/", var.network_cidr)[1]) <= 22
    error_message = "Write it like 10.20.0.0/20, with /22 or larger: a subnet of each zone takes a quarter of it."
  }
}

variable "zones" {
  description = "Zones of the region that the network spans, by their letter."
  type        = list(string)
  default     = ["a", "b"]

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 3 && length(distinct(var.zones)) == length(var.zones)
    error_message = "Two or three letters, each once: a load balancer takes no less than two zones."
  }
}

variable "has_internet" {
  description = "A NAT gateway, for services outside AWS."
  type        = bool
  default     = false
}
