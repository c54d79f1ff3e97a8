##@ Infrastructure

.PHONY: infra-policies
infra-policies: ## Write what a person must be allowed for infra-bootstrap and infra-apply in ENV
	@$(PYTHON) -m $(PACKAGE).platform.policies
