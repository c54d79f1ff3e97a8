##@ Train

.PHONY: submit
submit: ## Run the scheduled task of MODEL in ENV once, immediately, and wait for it
	@exec $(PYTHON) -m pipelines.submit --model $(MODEL)
