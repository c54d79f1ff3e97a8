##@ Governance

# The prediction log to search; `log` is the prediction log of ENV.
LOG := log
# The request to trace, and the hash of an audit record that you noted elsewhere.
REQUEST :=
HEAD :=

.PHONY: document
document: ## Write the model card and the data sheet of RUN_DIR (again)
	@$(HAS_RUN)
	exec $(PYTHON) -m $(PACKAGE).steps.document --model $(MODEL) --metrics $(RUN_DIR)/metrics.json \
	  --version $(RUN_DIR)/version.json --decision $(RUN_DIR)/decision.json

.PHONY: lineage
lineage: ## Trace a prediction to version, run, code and data: REQUEST=<request id>
	@test -n "$(REQUEST)" || { echo "lineage: REQUEST is not set: run make lineage REQUEST=<request id>"; exit 1; }
	@exec $(PYTHON) -m $(PACKAGE).platform.governance.trace --request "$(REQUEST)" --log $(LOG)

.PHONY: audit-verify
audit-verify: ## Verify that no audit record was changed, removed or inserted
	@exec $(PYTHON) -m $(PACKAGE).platform.audit $(if $(HEAD),--model $(MODEL) --head $(HEAD))
