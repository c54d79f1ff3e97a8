##@ Infrastructure

TERRAFORM ?= terraform
export TERRAFORM
# `yes` answers for you; the name of the guarded environment says that you mean it.
APPROVE ?=
DESTROY ?=
# `false` plans without the lock, for whoever may only read.
LOCK ?= true

.PHONY: infra-bootstrap
infra-bootstrap: ## Once, by an administrator: make what ENV needs before infra-apply
	@$(RUN) APPROVE=$(APPROVE) scripts/infra.sh bootstrap

.PHONY: infra-plan
infra-plan: ## Show what infra-apply would change in ENV
	@$(RUN) LOCK=$(LOCK) scripts/infra.sh plan

.PHONY: infra-apply
infra-apply: ## Make ENV what infra/terraform says; asks first (APPROVE=yes: does not)
	@$(RUN) APPROVE=$(APPROVE) scripts/infra.sh apply

.PHONY: infra-output
infra-output: ## Print the names and addresses of what is there in ENV
	@$(RUN) scripts/infra.sh output

.PHONY: infra-destroy
infra-destroy: ## Remove everything of ENV, data too: DESTROY=<env> for the guarded one
	@$(RUN) APPROVE=$(APPROVE) DESTROY=$(DESTROY) scripts/infra.sh destroy

.PHONY: infra-check
infra-check: ## Format, validate and test infra/terraform, without an account
	@$(RUN) scripts/infra.sh check
