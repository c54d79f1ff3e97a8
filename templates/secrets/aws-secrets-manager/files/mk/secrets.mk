##@ Secrets

# The name of the secret.
NAME :=

.PHONY: secrets-put
secrets-put: ## Set a secret of ENV from standard input (NAME=SERVICE_API_KEYS)
	@exec $(PYTHON) -m $(PACKAGE).platform.secret_store put $(or $(NAME),$(error make secrets-put needs NAME=<secret>))

.PHONY: secrets-check
secrets-check: ## List the secrets of ENV without a value
	@exec $(PYTHON) -m $(PACKAGE).platform.secret_store check
