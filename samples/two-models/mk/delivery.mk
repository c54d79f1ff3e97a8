##@ Deliver

# The environment from which a version is released; ENV is the environment that receives it.
ORIGIN := dev
WATCH_SECONDS := 300
# Seconds that a deployment has to serve a promoted version.
LIVE_SECONDS := 600
# The shell expands this, not make, so that a value from a form of the CI system is never executed.
THIS_MODEL = "$${MLOPS_INPUT_MODEL:-$(MODEL)}"

.PHONY: release
release: ## Release VERSION of MODEL from ORIGIN to ENV unchanged, if the gate of ENV accepts it
	@exec $(PYTHON) -m $(PACKAGE).steps.release --model $(THIS_MODEL) --origin $(ORIGIN) \
	  --version "$${VERSION:?which version of $(ORIGIN)? make $@ ENV=<environment> VERSION=<number>}"

.PHONY: watch
watch: ## Watch the service at SERVICE_URL until it has served the champion of ENV for WATCH_SECONDS
	@exec $(PYTHON) -m $(PACKAGE).platform.delivery watch --model $(THIS_MODEL) \
	  --url "$${SERVICE_URL:?where is it? make $@ ENV=<environment> SERVICE_URL=https://...}" \
	  --seconds $(WATCH_SECONDS) --live-seconds $(LIVE_SECONDS)
