##@ Orchestrate

.PHONY: submit
submit: ## Start training of MODEL in the account of ENV
	$(PYTHON) -m pipelines.step_functions.submit training --model $(MODEL) --variant $(VARIANT)

.PHONY: tell-drift
tell-drift: ## Tell the account of ENV that MODEL drifts: a rule starts training there
	$(PYTHON) -m pipelines.step_functions.submit drift --model $(MODEL)
