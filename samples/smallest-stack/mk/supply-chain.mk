##@ Supply chain

# The uv that `make setup` uses: the one in .tools/ if uv on PATH has another version.
UV ?= $(firstword $(wildcard .tools/uv/bin/uv .tools/uv-lib/bin/uv) uv)
# The lowest severity that fails `make scan`: low, moderate, high or critical.
SEVERITY ?= high

# The dependency groups of the service.
SERVED_GROUPS ?= --only-group serve

.PHONY: sbom
sbom: ## Write the CycloneDX bill of materials of the service to reports/sbom.json
	$(if $(wildcard uv.lock),,$(error make $@ needs uv.lock: run make setup))
	@mkdir -p reports
	$(UV) export --quiet --locked --format cyclonedx1.5 \
	  $(SERVED_GROUPS) --preview-features sbom-export --output-file reports/sbom.json

.PHONY: scan
scan: ## Look up known vulnerabilities of all locked packages (SEVERITY=high)
	$(if $(wildcard uv.lock),,$(error make $@ needs uv.lock: run make setup))
	@exec $(PYTHON) scripts/scan.py --uv $(UV) --severity $(SEVERITY)

.PHONY: secret-scan
secret-scan: ## Search all files in git and the git history for secrets
	@git rev-parse --git-dir >/dev/null 2>&1 \
	  || { echo "make $@ scans the git repository: run git init first" >&2; exit 1; }
	@test "$$(git rev-parse --is-shallow-repository)" = false \
	  || { echo "make $@ searches all commits, and this clone is shallow: run git fetch --unshallow" >&2; exit 1; }
	exec $(RUN) pre-commit run secrets --all-files
	exec $(RUN) kingfisher scan --no-validate --no-update-check --redact --quiet "$$(git rev-parse --git-common-dir)"

.PHONY: hooks
hooks: ## Install the git hooks of .pre-commit-config.yaml
	exec $(RUN) pre-commit install

.PHONY: pre-commit
pre-commit: ## Run all hooks on all files
	exec $(RUN) pre-commit run --all-files

.PHONY: lock-check
lock-check: ## Check that uv.lock matches pyproject.toml
	@$(UV) lock --quiet --check || { echo "uv.lock does not match pyproject.toml: run make setup" >&2; exit 1; }
