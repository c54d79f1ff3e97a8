##@ Deploy

# The container engine of this machine; empty where none is installed.
ENGINE ?= $(firstword $(foreach tool,docker podman,$(shell command -v $(tool) 2>/dev/null)))
COMPOSE ?= $(ENGINE) compose
# A client without its daemon, or without the compose plugin, is no engine.
NEEDS_ENGINE = @$(if $(ENGINE),$(ENGINE) info,false) >/dev/null 2>&1 \
  || { echo "make $@ needs a container engine that runs: install and start Docker or Podman" >&2; exit 1; }
NEEDS_COMPOSE = @$(COMPOSE) version >/dev/null 2>&1 \
  || { echo "make $@ needs $(notdir $(ENGINE)) compose: install the compose plugin" >&2; exit 1; }
IMAGE ?= default-stack:local

.PHONY: image
image: ## Build the serving image from deploy/Dockerfile
	$(NEEDS_ENGINE)
	$(if $(wildcard uv.lock),,$(error make $@ needs uv.lock: run make setup))
	$(ENGINE) build --file deploy/Dockerfile --tag $(IMAGE) .

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
