##@ Secrets

.PHONY: secrets-put
secrets-put: ## Write a secret of ENV from standard input (NAME=SERVICE_API_KEYS)
	@$(PYTHON) -m $(PACKAGE).platform.secret_store put $(or $(NAME),$(error make secrets-put needs NAME=<secret>))

.PHONY: secrets-check
secrets-check: ## Tell which secrets of ENV have no value yet
	@$(PYTHON) -m $(PACKAGE).platform.secret_store check
