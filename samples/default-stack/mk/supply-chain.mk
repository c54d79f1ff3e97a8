##@ Supply chain

# The lowest severity that fails `make scan`: low, moderate, high or critical.
SEVERITY := high

# Virtual environments in addition to .venv: environments/<name>/ has pyproject.toml and uv.lock.
ENVIRONMENTS := $(sort $(patsubst environments/%/pyproject.toml,%,$(wildcard environments/*/pyproject.toml)))
LOCKS := uv.lock $(ENVIRONMENTS:%=environments/%/uv.lock)
NEEDS_LOCKS = $(foreach lock,$(LOCKS),$(if $(wildcard $(lock)),,$(error make $@ needs $(lock): run make setup)))

# The age of a release, in days, before `make bump` uses it.
DAYS := 7

# The extras of the service. Another file can define them.
ifneq "$(origin SERVED_EXTRAS)" "file"
SERVED_EXTRAS := --extra serve
endif

# Writes a bill of materials: uv export, without the file and its options.
SBOM = $(UV) export --quiet --locked --no-default-groups --no-emit-project --format cyclonedx1.5 \
  --preview-features sbom-export

.PHONY: sbom
sbom: ## Write the CycloneDX bill of materials of the service to reports/sbom.json
	$(NEEDS_LOCKS)
	@mkdir -p reports
	$(SBOM) $(SERVED_EXTRAS) --output-file reports/sbom.json
	$(if $(ENVIRONMENTS),printf '%s\n' $(ENVIRONMENTS) | while read -r name; do \
	  $(SBOM) --project "environments/$$name" --output-file "reports/sbom-$$name.json" || exit 1; done)

.PHONY: scan
scan: ## Look up known vulnerabilities of all locked packages (SEVERITY=high)
	$(NEEDS_LOCKS)
	@exec $(SCRIPT) scripts/scan.py --uv $(UV) --severity $(SEVERITY)

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
lock-check: ## Check that uv.lock exists and matches pyproject.toml
	@printf '%s\n' $(LOCKS) | while read -r lock; do \
	  test -f "$$lock" || { echo "$$lock is missing: run make setup && git add $$lock" >&2; exit 1; }; \
	  $(UV) lock --quiet --check --project "$$(dirname "$$lock")" \
	    || { echo "$$lock does not match $${lock%uv.lock}pyproject.toml: run make lock" >&2; exit 1; }; \
	done

.PHONY: bump
bump: ## Allow releases that are at least DAYS old (7), and update uv.lock to them
	@exec $(SCRIPT) scripts/bump.py --uv $(UV) --days $(DAYS)
