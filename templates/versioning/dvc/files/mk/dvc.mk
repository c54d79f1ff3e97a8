##@ Data

# md5:<hash> from the lineage, or a git revision. Default: the revision in data/.
# VERSION: a registered model version, to restore its training rows.
REVISION :=

.PHONY: data-pull
data-pull: ## Restore the rows of MODEL into data/ from REVISION or VERSION
	exec $(PYTHON) -m $(PACKAGE).data.dvc pull --model $(MODEL) \
	  $(if $(REVISION),--revision $(REVISION)) $(if $(VERSION),--version $(VERSION))

.PHONY: data-keep
data-keep: ## Store the rows of RUN_DIR as a revision of MODEL (register does this automatically)
	@$(HAS_RUN)
	exec $(PYTHON) -m $(PACKAGE).data.dvc keep --model $(MODEL) --data $(RUN_DIR)/data.parquet
