##@ Train

.PHONY: tune
tune: ## Continue the search of parameters on the training rows of RUN_DIR; trains nothing
	@$(HAS_RUN)
	exec $(PYTHON) -m $(PACKAGE).steps.tune --model $(MODEL) --train $(RUN_DIR)/train.parquet \
	  --out-tuned reports/$(MODEL).tuned.json
