##@ Monitoring

# CURRENT: a prediction log (`log` for that of ENV) or a table. REFERENCE: the rows to compare it
# with.
CURRENT ?= log
REFERENCE ?= champion
MONITORING := reports/monitoring/$(MODEL)

.PHONY: monitor
monitor: ## Compare the logged requests (or CURRENT=<table>) with the training rows
	exec $(PYTHON) -m $(PACKAGE).steps.monitor --model $(MODEL) --current $(CURRENT) \
	  --reference $(REFERENCE) --out-report $(MONITORING)/report.json \
	  --out-page $(MONITORING)/report.html
	@echo "Open $(MONITORING)/report.html in a browser."

.PHONY: retrain
retrain: ## Run the pipeline if the latest monitoring report or the model's age requires it (FORCE=1: always)
	exec $(PYTHON) -m $(PACKAGE).steps.retrain --model $(MODEL) --report $(MONITORING)/report.json \
	  --out-decision $(MONITORING)/decision.json $(if $(FORCE),--force)
	@if $(PYTHON) -c 'import json, sys; sys.exit(not json.load(open(sys.argv[1]))["retrain"])' \
	  $(MONITORING)/decision.json; then $(MAKE) pipeline; \
	  else echo "The pipeline was not started. To start it anyway: make retrain FORCE=1"; fi
