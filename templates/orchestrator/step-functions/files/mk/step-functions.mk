##@ Orchestrate

.PHONY: submit
submit: ## Start training of MODEL in the account of ENV
	exec $(PYTHON) -m pipelines.step_functions.submit training --model $(MODEL) --variant $(VARIANT)

.PHONY: tell-drift
tell-drift: ## Report drift of MODEL to the account of ENV; a rule starts training there
	exec $(PYTHON) -m pipelines.step_functions.submit drift --model $(MODEL)
