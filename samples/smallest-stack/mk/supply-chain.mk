##@ Supply chain

# The uv that `make setup` uses: its own in .tools/, where the one on PATH has another version.
UV ?= $(firstword $(wildcard .tools/uv/bin/uv .tools/uv-lib/bin/uv) uv)
# The lowest severity that fails `make scan`: low, moderate, high or critical.
SEVERITY ?= high

.PHONY: sbom
sbom: ## Write what the service is made of, as CycloneDX, into reports/sbom.json
	$(if $(wildcard uv.lock),,$(error make $@ needs uv.lock: run make setup))
	@mkdir -p reports
	$(UV) export --quiet --locked --only-group serve --format cyclonedx1.5 \
	  --preview-features sbom-export --output-file reports/sbom.json

.PHONY: scan
scan: ## Look up known vulnerabilities of all that is locked (SEVERITY=high)
	$(if $(wildcard uv.lock),,$(error make $@ needs uv.lock: run make setup))
	@$(PYTHON) scripts/scan.py --uv $(UV) --severity $(SEVERITY)

.PHONY: secret-scan
secret-scan: ## Look for secrets in every file of git and in its history
	@git rev-parse --git-dir >/dev/null 2>&1 \
	  || { echo "make $@ reads what git has: run git init" >&2; exit 1; }
	$(RUN) pre-commit run secrets --all-files
	$(RUN) kingfisher scan --no-validate --no-update-check --redact --quiet "$$(git rev-parse --git-common-dir)"

.PHONY: hooks
hooks: ## Install the hooks of .pre-commit-config.yaml into git
	$(RUN) pre-commit install

.PHONY: pre-commit
pre-commit: ## Run every hook on every file
	$(RUN) pre-commit run --all-files

.PHONY: lock-check
lock-check: ## Does uv.lock fit pyproject.toml?
	@$(UV) lock --quiet --check || { echo "uv.lock does not fit pyproject.toml: run make setup" >&2; exit 1; }
