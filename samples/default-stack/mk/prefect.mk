##@ Orchestrate

.PHONY: orchestrator-ui
orchestrator-ui: ## Prefect's server and UI over the runs of this folder, at 127.0.0.1:4200
	$(RUN) prefect server start --host 127.0.0.1 --port 4200

.PHONY: orchestrator-serve
orchestrator-serve: ## Run training of every model on its schedule, until stopped
	$(PYTHON) -m pipelines.prefect.deploy serve

.PHONY: submit
submit: ## Have the process of orchestrator-serve train MODEL now
	$(PYTHON) -m pipelines.prefect.deploy submit --model $(MODEL)
