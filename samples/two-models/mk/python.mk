##@ Develop

# The uv that `make setup` uses: the one in .tools/ if uv on PATH has another version.
UV := $(firstword $(wildcard .tools/uv/bin/uv .tools/uv-lib/bin/uv) uv)

.PHONY: setup
setup: ## Install everything that this repository needs into .venv
	@sh scripts/setup.sh

.PHONY: lock
lock: ## Update uv.lock after a change of pyproject.toml
	@sh scripts/setup.sh lock

.PHONY: check
check: ## Check lint, formatting and types
	exec $(RUN) ruff check .
	exec $(RUN) ruff format --check .
	exec $(RUN) mypy

.PHONY: format
format: ## Apply automatic lint fixes, and format the code
	exec $(RUN) ruff check --fix .
	exec $(RUN) ruff format .

.PHONY: test
test: ## Run the tests, except the slow ones
	exec $(RUN) pytest -m 'not slow'

# The lowest share of lines, in percent, that the tests must run in each package.
COVERAGE := 40

.PHONY: coverage
coverage: ## Run the tests, except the slow ones, and check that they cover each package (COVERAGE=40)
	@mkdir -p reports
	exec $(RUN) pytest -m 'not slow' --cov --cov-report=json:reports/coverage.json
	exec $(SCRIPT) scripts/coverage_floor.py --floor $(COVERAGE)

.PHONY: test-all
test-all: ## Run all tests
	exec $(RUN) pytest

.PHONY: wheel
wheel: ## Build the wheel of the package in dist/, with an extra for each role
	exec $(UV) build --quiet --wheel
