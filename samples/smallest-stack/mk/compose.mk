##@ Deploy

.PHONY: up
up: export MLOPS_PROJECT_DIR := $(CURDIR)
up: export MLOPS_SERVICE_UID = $(shell id -u)
up: export MLOPS_SERVICE_GID = $(shell id -g)
up: image ## Start the service in a container, and wait until it is ready
	$(NEEDS_COMPOSE)
	@mkdir -p .mlops
	$(COMPOSE) up --detach --wait service
	@echo "Service http://127.0.0.1:8000/version"

.PHONY: down
down: ## Stop and remove the container; keep predictions and models
	$(NEEDS_ENGINE)
	$(NEEDS_COMPOSE)
	$(COMPOSE) rm --stop --force service
