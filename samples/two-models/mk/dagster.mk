##@ Orchestrate

.PHONY: orchestrator-ui
orchestrator-ui: ## Start Dagster's UI and schedules for the runs of this folder, at 127.0.0.1:3030
	exec $(RUN) dagster dev -m pipelines.dagster.definitions -h 127.0.0.1 -p 3030

.PHONY: backfill
backfill: ## Train MODEL on a past window for each day from FROM to UNTIL, in the process of orchestrator-ui
	exec $(RUN) dagster job backfill --noprompt -m pipelines.dagster.definitions \
	  -j $(subst -,_,$(MODEL))_backfill --from $(FROM) --to $(UNTIL)
