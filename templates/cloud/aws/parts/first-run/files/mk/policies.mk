##@ Infrastructure

.PHONY: infra-policies
infra-policies: ## Write the IAM policies for infra-bootstrap and infra-apply in ENV
	@exec $(PYTHON) -m $(PACKAGE).platform.policies
