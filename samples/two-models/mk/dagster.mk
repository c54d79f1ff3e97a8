##@ Orchestrate

.PHONY: orchestrator-ui
orchestrator-ui: ## Dagster's UI, with its schedules, over the runs of this folder, at 127.0.0.1:3030
	$(RUN) dagster dev -m pipelines.dagster.definitions -h 127.0.0.1 -p 3030
