##@ Serving

# The caller that gets the API key.
NAME :=

.PHONY: serve
serve: ## Serve the champions on http://127.0.0.1:8000 until Ctrl-C
	exec $(PYTHON) -m $(PACKAGE).serving

.PHONY: predict
predict: ## Request the score of a sample row from the running service
	exec $(PYTHON) -m $(PACKAGE).serving.client predict --model $(MODEL)

.PHONY: smoke
smoke: ## Start the service, predict, check metrics and prediction log, stop the service
	exec $(PYTHON) -m $(PACKAGE).serving.client smoke --model $(MODEL)

.PHONY: api-key
api-key: ## Create an API key for the service and its entry for SERVICE_API_KEYS (NAME=<caller>)
	@exec $(PYTHON) -m $(PACKAGE).serving.auth $(or $(NAME),$(error make api-key needs NAME=who gets it))

# For make load-test: requests per second, duration in seconds, and the URL of a running service.
RATE := 200
SECONDS := 30
URL :=

.PHONY: load-test
load-test: ## Test the service against slo.yaml at a constant rate (RATE=200 SECONDS=30 URL=<running service>)
	exec $(PYTHON) -m $(PACKAGE).serving.load_test --model $(MODEL) --rate $(RATE) --seconds $(SECONDS) $(if $(URL),--url $(URL))
