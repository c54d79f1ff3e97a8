##@ Deliver

# Where a version comes from; ENV is where it goes.
ORIGIN ?= dev
WATCH_SECONDS ?= 300
# How long a deployment may take to follow a promotion.
LIVE_SECONDS ?= 600
# Read by the shell, so that a value which somebody typed into a form is never run.
THIS_MODEL = "$${MODEL:-churn}"

.PHONY: release
release: ## Release VERSION of MODEL from ORIGIN to ENV unchanged, if the gate of ENV accepts it
	@$(PYTHON) -m $(PACKAGE).steps.release --model $(THIS_MODEL) --origin $(ORIGIN) \
	  --version "$${VERSION:?which version of $(ORIGIN)? make $@ ENV=<environment> VERSION=<number>}"

.PHONY: watch
watch: ## Watch the service at SERVICE_URL until it has served the champion of ENV for WATCH_SECONDS
	@$(PYTHON) -m $(PACKAGE).platform.delivery watch --model $(THIS_MODEL) \
	  --url "$${SERVICE_URL:?where is it? make $@ ENV=<environment> SERVICE_URL=https://...}" \
	  --seconds $(WATCH_SECONDS) --live-seconds $(LIVE_SECONDS)
