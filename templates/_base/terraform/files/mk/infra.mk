##@ Infrastructure

TERRAFORM := terraform
# APPROVE=yes skips the confirmation; DESTROY=<env> confirms the deletion of the protected
# environment.
APPROVE :=
DESTROY :=
# LOCK=false plans without a state lock, for users with read-only access.
LOCK := true
# scripts/infra.sh reads these.
export MLOPS_TERRAFORM = $(TERRAFORM)
export MLOPS_APPROVE = $(APPROVE)
export MLOPS_DESTROY = $(DESTROY)
export MLOPS_LOCK = $(LOCK)

.PHONY: infra-bootstrap
infra-bootstrap: ## Create the prerequisites of infra-apply in ENV; an administrator runs it once
	@exec $(RUN) scripts/infra.sh bootstrap

.PHONY: infra-plan
infra-plan: ## Show the changes of infra-apply in ENV
	@exec $(RUN) scripts/infra.sh plan

.PHONY: infra-apply
infra-apply: ## Apply infra/terraform to ENV after a confirmation (APPROVE=yes skips it)
	@exec $(RUN) scripts/infra.sh apply

.PHONY: infra-output
infra-output: ## Print the names and addresses of the resources in ENV
	@exec $(RUN) scripts/infra.sh output

.PHONY: infra-destroy
infra-destroy: ## Delete all resources of ENV, including data: DESTROY=<env> for the protected one
	@exec $(RUN) scripts/infra.sh destroy

.PHONY: infra-check
infra-check: ## Format, validate and test infra/terraform; needs no account
	@exec scripts/infra.sh check
