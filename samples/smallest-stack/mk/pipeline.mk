##@ Train

# The run that register and promote use: the newest run of MODEL with a decision.
RUNS := .mlops/$(if $(filter local,$(ENV)),,$(ENV)/)runs
RUN_DIR = $(patsubst %/metrics.json,%,$(lastword $(sort $(wildcard $(RUNS)/$(MODEL)/*/metrics.json))))
HAS_RUN = test -n "$(RUN_DIR)" || { echo "make $@: no run in $(RUNS)/$(MODEL) has metrics:" \
  "run make pipeline MODEL=$(MODEL), or set RUN_DIR to the folder of a run" >&2; exit 1; }
# Variant of the sample data.
VARIANT := base
# Last day of the rows, such as 2026-05-31.
UNTIL := now
# A version of MODEL, the former champion of a rollback, and the reason. A job of CI sets them as
# MLOPS_INPUT_<name>, because make never expands a value that it takes from there.
export VERSION := $(value MLOPS_INPUT_VERSION)
export TO := $(value MLOPS_INPUT_TO)
export REASON := $(value MLOPS_INPUT_REASON)
# ADOPT=1 records an alias that was set by other means, LOST=1 that the registry has lost its champion.
# FROM: what import-champion reads.
ADOPT :=
LOST :=
FROM :=

.PHONY: demo
demo: ## Run the whole loop on this machine, verify each step, write reports/demo.json
	@exec $(PYTHON) -m $(PACKAGE).platform.demo

.PHONY: pipeline
pipeline: ## Train, evaluate and register MODEL; promote it if the gate accepts it
	exec $(PYTHON) -m pipelines --model $(MODEL) --variant $(VARIANT) --until $(UNTIL)

.PHONY: register
register: ## Register the model of RUN_DIR (again)
	@$(HAS_RUN)
	exec $(PYTHON) -m $(PACKAGE).steps.register --model $(MODEL) --package $(RUN_DIR)/package \
	  --data $(RUN_DIR)/data.parquet --train-metrics $(RUN_DIR)/train_metrics.json \
	  --metrics $(RUN_DIR)/metrics.json --out-lineage $(RUN_DIR)/lineage.json \
	  --out-version $(RUN_DIR)/version.json

.PHONY: promote
promote: ## Make the version of RUN_DIR the champion if the gate accepted it
	@$(HAS_RUN)
	exec $(PYTHON) -m $(PACKAGE).steps.promote --model $(MODEL) --decision $(RUN_DIR)/decision.json \
	  --out-promotion $(RUN_DIR)/promotion.json

.PHONY: rollback
rollback: ## Roll back to the champion before the last promotion, or to the former champion TO
	exec $(PYTHON) -m $(PACKAGE).steps.rollback --model $(MODEL) $${TO:+--to "$$TO"} $${REASON:+--reason "$$REASON"}

.PHONY: versions
versions: ## List the versions of MODEL: state, number of the release, time, metrics
	@exec $(PYTHON) -m $(PACKAGE).platform.releases versions --model $(MODEL)

.PHONY: allow
allow: ## Allow VERSION, which was rolled back, to be promoted again, for a REASON
	@exec $(PYTHON) -m $(PACKAGE).platform.releases allow --model $(MODEL) \
	  --version "$${VERSION:?which version? make $@ VERSION=<version> REASON=<text>}" \
	  --reason "$${REASON:?why? make $@ VERSION=<version> REASON=<text>}"

.PHONY: repair-alias
repair-alias: ## Set the alias of MODEL back to the champion of the log; ADOPT=1 records the alias instead
	@exec $(PYTHON) -m $(PACKAGE).platform.releases repair --model $(MODEL) $(if $(ADOPT),--adopt) $(if $(LOST),--lost)

# Folder, or URI in the artifact store, of an exported champion.
CARRIED := .mlops/carried/$(MODEL)

.PHONY: export-champion
export-champion: ## Export the champion of MODEL, its run and its rows to TO, before you change tools
	exec $(PYTHON) -m $(PACKAGE).platform.transfer export --model $(MODEL) $(or $(TO),$(CARRIED))

.PHONY: import-champion
import-champion: ## Import the champion in FROM into the current tools; verifies files and scores
	exec $(PYTHON) -m $(PACKAGE).platform.transfer import --model $(MODEL) $(or $(FROM),$(TO),$(CARRIED))

##@ This machine

.PHONY: doctor
doctor: ## List what is missing on this machine, and how to install it
	@exec $(PYTHON) -m $(PACKAGE).platform.doctor
