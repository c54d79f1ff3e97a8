##@ Supply chain

# The uv that `make setup` uses: the one in .tools/ if uv on PATH has another version.
UV ?= $(firstword $(wildcard .tools/uv/bin/uv .tools/uv-lib/bin/uv) uv)
# The lowest severity that fails `make scan`: low, moderate, high or critical.
SEVERITY ?= high

# The age of a release, in days, before `make bump` uses it.
DAYS ?= 7

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
	exec $(RUN) pre-commit run secrets --all-files
	exec $(RUN) kingfisher scan --no-validate --no-update-check --redact --quiet "$$(git rev-parse --git-common-dir)"

.PHONY: hooks
hooks: ## Install the git hooks of .pre-commit-config.yaml
	exec $(RUN) pre-commit install

.PHONY: pre-commit
pre-commit: ## Run all hooks on all files
	exec $(RUN) pre-commit run --all-files

.PHONY: lock-check
lock-check: ## Check that uv.lock exists and matches pyproject.toml
	@test -f uv.lock || { echo "uv.lock is missing: run make setup && git add uv.lock" >&2; exit 1; }
	@$(UV) lock --quiet --check || { echo "uv.lock does not match pyproject.toml: run make lock" >&2; exit 1; }

.PHONY: bump
bump: ## Allow releases that are at least DAYS old (7), and update uv.lock to them
	@exec $(PYTHON) scripts/bump.py --uv $(UV) --days $(DAYS)
