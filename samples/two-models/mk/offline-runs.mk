##@ Train

.PHONY: sync
sync: ## Upload the runs that were recorded without credentials
	@exec $(PYTHON) -m $(PACKAGE).tracking.offline
