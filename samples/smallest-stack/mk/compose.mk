##@ Deploy

COMPOSE ?= $(ENGINE) compose
# It is a plugin of its own.
NEEDS_COMPOSE = @$(COMPOSE) version >/dev/null 2>&1 \
  || { echo "make $@ needs $(notdir $(ENGINE)) compose: install the compose plugin" >&2; exit 1; }

.PHONY: up
up: export PROJECT_DIR := $(CURDIR)
up: export SERVICE_UID = $(shell id -u)
up: export SERVICE_GID = $(shell id -g)
up: image ## Start the service in a container, and wait until it is ready
	$(NEEDS_COMPOSE)
	@mkdir -p .mlops
	$(COMPOSE) up --detach --wait service
	@echo "Service http://127.0.0.1:8000/docs"

.PHONY: down
down: ## Stop and remove it; predictions and models stay
	$(NEEDS_ENGINE)
	$(NEEDS_COMPOSE)
	$(COMPOSE) rm --stop --force service
