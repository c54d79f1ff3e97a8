# The container engine of this computer: Docker or Podman; empty if neither is installed.
ENGINE = $(firstword $(foreach tool,docker podman,$(shell command -v $(tool) 2>/dev/null)))
COMPOSE = $(ENGINE) compose

# A client without its daemon cannot run a container.
NEEDS_ENGINE = @$(if $(ENGINE),$(ENGINE) info,false) >/dev/null 2>&1 \
  || { echo "make $@ needs a container engine that runs: install and start Docker or Podman" >&2; exit 1; }
# Compose is a separate plugin of the engine.
NEEDS_COMPOSE = @$(COMPOSE) version >/dev/null 2>&1 \
  || { echo "make $@ needs $(notdir $(ENGINE)) compose: install the compose plugin" >&2; exit 1; }
