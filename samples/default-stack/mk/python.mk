##@ Develop

.PHONY: setup
setup: ## Install everything that this repository needs into .venv
	@sh scripts/setup.sh

.PHONY: check
check: ## Lint, formatting and types
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

.PHONY: format
format: ## Fix what ruff can fix, and format
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: test
test: ## All tests
	$(RUN) pytest
