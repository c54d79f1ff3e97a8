##@ Orchestrate

.PHONY: submit
submit: ## Start training of MODEL in the account of ENV
	exec $(PYTHON) -m pipelines.step_functions.submit training --model $(MODEL) --variant $(VARIANT)

.PHONY: tell-drift
tell-drift: ## Report drift of MODEL to the account of ENV if its report is a reason to train; a rule trains
	exec $(PYTHON) -m pipelines.step_functions.submit drift --model $(MODEL) \
	  --report $(MONITORING)/report.json --out-decision $(MONITORING)/decision.json $(if $(FORCE),--force)
