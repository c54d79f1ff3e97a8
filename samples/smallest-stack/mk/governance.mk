##@ Governance

# The prediction log in which a request is looked up; `log` is that of ENV.
LOG ?= log
# The request to trace, and the digest of the newest audit record that was noted elsewhere.
REQUEST ?=
HEAD ?=

.PHONY: document
document: ## Write the model card and the data sheet of RUN_DIR (again)
	$(PYTHON) -m $(PACKAGE).steps.document --model $(MODEL) --metrics $(RUN_DIR)/metrics.json \
	  --version $(RUN_DIR)/version.json --decision $(RUN_DIR)/decision.json

.PHONY: lineage
lineage: ## Trace a prediction to version, run, code and data: REQUEST=<request id>
	@test -n "$(REQUEST)" || { echo "lineage: say which one, with REQUEST=<request id>"; exit 1; }
	@$(PYTHON) -m $(PACKAGE).platform.governance.trace --request "$(REQUEST)" --log $(LOG)

.PHONY: audit-verify
audit-verify: ## Verify that no audit record was changed, removed or inserted
	@$(PYTHON) -m $(PACKAGE).platform.audit $(if $(HEAD),--model $(MODEL) --head $(HEAD))
