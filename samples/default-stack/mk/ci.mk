##@ CI

# Begins a loop over all models, as the package finds them; no model at all is an error, not a pass.
EACH_MODEL = set -e; \
  models=$$($(PYTHON) -c 'from $(PACKAGE) import models; print(*models.names())'); \
  test -n "$$models"; \
  for model in $$models; do
DRIFT := .mlops/drift

.PHONY: ci-pipeline
ci-pipeline: ## The pipeline of every model
	@$(EACH_MODEL) \
	  $(MAKE) --no-print-directory pipeline MODEL=$$model; \
	done

.PHONY: ci-drift
ci-drift: ## Compare the newest rows of each source with what its champion was trained on
	@$(EACH_MODEL) \
	  $(PYTHON) -m $(PACKAGE).steps.ingest --model $$model --out-data $(DRIFT)/$$model/data.parquet; \
	  $(PYTHON) -m $(PACKAGE).steps.split --model $$model --data $(DRIFT)/$$model/data.parquet \
	    --out-train $(DRIFT)/$$model/older.parquet --out-test $(DRIFT)/$$model/newest.parquet; \
	  $(MAKE) --no-print-directory monitor MODEL=$$model CURRENT=$(DRIFT)/$$model/newest.parquet; \
	done

.PHONY: ci-retrain
ci-retrain: ## Run the pipeline of each model whose report calls for it
	@$(EACH_MODEL) \
	  $(MAKE) --no-print-directory retrain MODEL=$$model; \
	done
