##@ Serving

.PHONY: serve
serve: ## Serve the champions on http://127.0.0.1:8000 until Ctrl-C
	exec $(PYTHON) -m $(PACKAGE).serving

.PHONY: predict
predict: ## Request the score of a sample row from the running service
	exec $(PYTHON) -m $(PACKAGE).client predict --model $(MODEL)

.PHONY: smoke
smoke: ## Start the service, predict, check metrics and prediction log, stop the service
	exec $(PYTHON) -m $(PACKAGE).client smoke --model $(MODEL)

# For make load-test: requests per second, duration in seconds, and the URL of a running service.
RATE := 200
SECONDS := 30
URL :=

.PHONY: load-test
load-test: ## Test the service against slo.yaml at a constant rate (RATE=200 SECONDS=30 URL=<running service>)
	exec $(PYTHON) -m $(PACKAGE).client.load_test --model $(MODEL) --rate $(RATE) --seconds $(SECONDS) $(if $(URL),--url $(URL))
