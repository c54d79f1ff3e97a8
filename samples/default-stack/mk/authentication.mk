##@ Serving

# The caller that gets the API key.
NAME :=

.PHONY: api-key
api-key: ## Create an API key for the service and its entry for SERVICE_API_KEYS (NAME=<caller>)
	@exec $(PYTHON) -m $(PACKAGE).serving.auth $(or $(NAME),$(error make api-key needs NAME=who gets it))
