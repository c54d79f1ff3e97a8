##@ Train

# Folders that neptune-exporter wrote, and the factor for steps that are not whole numbers.
DATA :=
FILES :=
STEPS := 1

.PHONY: import-neptune
import-neptune: ## Import the runs that neptune-exporter wrote to DATA and FILES, as runs of MODEL
	@exec $(PYTHON) -m $(PACKAGE).tracking.neptune_import --model $(MODEL) --steps '$(STEPS)' --data '$(DATA)' --files '$(FILES)'
