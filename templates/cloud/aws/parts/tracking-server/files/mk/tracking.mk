##@ Tracking server

.PHONY: deploy-tracking
deploy-tracking: ## Build the image of the tracking server, push it to ENV and start it
	$(NEEDS_ENGINE)
	@exec $(RUN) scripts/deploy-tracking.sh "$(ENGINE)"
