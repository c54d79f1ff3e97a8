##@ Orchestrate

# The run that retry-pipeline continues: the newest run of MODEL.
LAST_RUN = $(patsubst %/execution.json,%,$(lastword $(sort $(wildcard $(RUNS)/$(MODEL)/*/execution.json))))

.PHONY: retry-pipeline
retry-pipeline: ## Continue the newest run of MODEL at the step that failed
	run='$(LAST_RUN)' && exec $(PYTHON) -m pipelines.command retry \
	  --run-dir "$${run:?there is no run of $(MODEL): run make pipeline}"

.PHONY: drift-pipeline
drift-pipeline: ## Run the retraining pipeline: monitor MODEL, and train it if that requires it
	exec $(PYTHON) -m pipelines.command retrain --model $(MODEL)
