##@ Train

# LAST: number of runs. SORT: a column, such as test_auc.
LAST := 20
SORT :=
EXPERIMENTS := reports/experiments/$(MODEL).html

.PHONY: experiments
experiments: ## Compare the LAST runs of MODEL: parameters, metrics, data and code; SORT=<column>
	@exec $(PYTHON) -m $(PACKAGE).tracking.experiments --model $(MODEL) --last '$(LAST)' --sort '$(SORT)' --out-page $(EXPERIMENTS)
	@echo "Open $(EXPERIMENTS) in a browser for all columns."
