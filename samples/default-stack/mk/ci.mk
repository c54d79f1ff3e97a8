##@ CI

# Starts a loop over all models of the package. It fails if there is no model.
EACH_MODEL = set -e; \
  models=$$($(PYTHON) -c 'from $(PACKAGE).platform import models; print(*models.names())'); \
  test -n "$$models"; \
  for model in $$models; do
DRIFT := .mlops/drift
KEPT := .mlops/carried

.PHONY: ci-pipeline
ci-pipeline: ## Run the pipeline of each model
	@$(EACH_MODEL) \
	  $(MAKE) --no-print-directory pipeline MODEL="$$model"; \
	done

.PHONY: ci-smoke
ci-smoke: ## Serve the champions of ENV on this machine with exactly these files, and request a score of each model
	@set -e; pinned=$$($(PYTHON) -m $(PACKAGE).platform.delivery pin); $(EACH_MODEL) \
	  MLOPS_ENV=local MLOPS_SERVING__PINNED="$$pinned" \
	    $(PYTHON) -m $(PACKAGE).client smoke --model "$$model"; \
	done

.PHONY: ci-versions
ci-versions: ## Print the champion of each model in ENV as VERSION_<model>=<version>
	@exec $(PYTHON) -m $(PACKAGE).platform.delivery versions

.PHONY: ci-keep
ci-keep: ## Save the champions of ENV for jobs with read-only access
	@$(EACH_MODEL) \
	  $(MAKE) --no-print-directory export-champion MODEL="$$model" TO="$(KEPT)/$$model"; \
	done

.PHONY: ci-compare
ci-compare: ## Restore the champions that ci-keep saved as those of ENV, for comparison
	@$(EACH_MODEL) \
	  if test -f "$(KEPT)/$$model/champion.json"; \
	    then $(MAKE) --no-print-directory import-champion MODEL="$$model" FROM="$(KEPT)/$$model"; \
	    else echo "$$model has no champion to compare with: its gate checks the absolute limits only"; \
	  fi; \
	done

.PHONY: ci-drift
ci-drift: ## Compare the newest rows of each source with the training rows of its champion
	@$(EACH_MODEL) \
	  $(PYTHON) -m $(PACKAGE).steps.ingest --model "$$model" --out-data "$(DRIFT)/$$model/data.parquet"; \
	  $(PYTHON) -m $(PACKAGE).steps.split --model "$$model" --data "$(DRIFT)/$$model/data.parquet" \
	    --out-train "$(DRIFT)/$$model/older.parquet" --out-test "$(DRIFT)/$$model/newest.parquet"; \
	  $(MAKE) --no-print-directory monitor MODEL="$$model" CURRENT="$(DRIFT)/$$model/newest.parquet"; \
	done

.PHONY: ci-retrain
ci-retrain: ## Run the pipeline of each model whose report recommends retraining
	@$(EACH_MODEL) \
	  $(MAKE) --no-print-directory retrain MODEL="$$model"; \
	done

.PHONY: ci-promote
ci-promote: ## Release VERSION of MODEL to ENV, test it and watch it; if it fails, roll back
	@$(MAKE) --no-print-directory release
	@{ $(MAKE) --no-print-directory ci-smoke && \
	  if test -n "$$SERVICE_URL"; \
	    then $(MAKE) --no-print-directory watch; \
	    else echo "SERVICE_URL is not set for $(ENV): no deployed service was watched"; \
	  fi; } || { \
	  $(PYTHON) -m $(PACKAGE).steps.rollback --model $(THIS_MODEL) --reason "failed in $@"; \
	  exit 1; }

.PHONY: ci-rollback
ci-rollback: ## Roll MODEL in ENV back to the previous champion, or to the former champion TO, and test it
	@exec $(PYTHON) -m $(PACKAGE).steps.rollback --model $(THIS_MODEL) $${TO:+--to "$$TO"} \
	  --reason "$${REASON:-requested by $@}"
	@$(MAKE) --no-print-directory ci-smoke

# The generator version that wrote these files, from the lock: the check needs exactly this version.
GENERATOR = $(shell node --print 'const version = require("./.mlops-stack/lock.json").generator; \
  /^[0-9A-Za-z.+-]+$$/.test(version) ? version : ""')

.PHONY: ci-choices
ci-choices: ## Compare the repository with the choices in mlops-stack.yaml (needs Node)
	@test -n "$(GENERATOR)" || { echo "$@: .mlops-stack/lock.json has no generator version" >&2; exit 1; }
	npx --yes create-mlops-stack@$(GENERATOR) check
