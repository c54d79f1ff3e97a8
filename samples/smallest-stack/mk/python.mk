##@ Develop

.PHONY: setup
setup: ## Install everything that this repository needs into .venv
	@sh scripts/setup.sh

.PHONY: check
check: ## Check lint, formatting and types
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

.PHONY: format
format: ## Apply automatic lint fixes, and format the code
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: test
test: ## Run the tests, except the slow ones
	$(RUN) pytest -m 'not slow'

.PHONY: test-all
test-all: ## Run all tests
	$(RUN) pytest
