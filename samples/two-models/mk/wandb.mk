##@ Train

# One folder per environment. Runs that were already uploaded are skipped.
OFFLINE_RUNS = $(wildcard .mlops/wandb/wandb/offline-run-* .mlops/*/wandb/wandb/offline-run-*)

.PHONY: sync
sync: ## Upload the offline runs to Weights & Biases
	@test -n "$$WANDB_API_KEY" || { echo "sync: set WANDB_API_KEY in .env or the shell"; exit 1; }
	@test -n "$(OFFLINE_RUNS)" || { echo "sync: no run was kept offline"; exit 1; }
	exec $(RUN) wandb sync --yes $(OFFLINE_RUNS)
