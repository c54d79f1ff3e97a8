##@ Data

# make exports these parameters, and the shell expands them, so that names of columns may have spaces
# and quotes.
SOURCE :=
TARGET :=
TIME :=
ENTITY :=
LABEL_TIME :=
POSITIVE :=
QUERY :=
SECRET :=

.PHONY: contract
contract: ## Draft contract, parameters and governance of MODEL: SOURCE=<file or URL> TARGET=<column>
	@exec $(PYTHON) -m $(PACKAGE).platform.draft --model="$(MODEL)" --source="$$SOURCE" \
	  --target="$$TARGET" --time="$$TIME" --entity="$$ENTITY" --label-time="$$LABEL_TIME" \
	  --positive="$$POSITIVE" --query="$$QUERY" --secret="$$SECRET" $(if $(FORCE),--force)

.PHONY: data-check
data-check: ## Check that a clone has the rows of each model, as CI needs them
	@exec $(PYTHON) -m $(PACKAGE).data.committed

check: data-check
