##@ Orchestrate

.PHONY: orchestrator-ui
orchestrator-ui: ## Start Prefect's server and UI for the runs of this folder, at 127.0.0.1:4200
	exec $(RUN) prefect server start --host 127.0.0.1 --port 4200

.PHONY: orchestrator-serve
orchestrator-serve: ## Register prefect.yaml and run the training of each model on its schedule, until you stop it
	exec $(PYTHON) -m pipelines.prefect.deploy serve

.PHONY: submit
submit: ## Train MODEL immediately in the process of orchestrator-serve
	exec $(PYTHON) -m pipelines.prefect.deploy submit --model $(MODEL) --variant $(VARIANT) --until $(UNTIL)
