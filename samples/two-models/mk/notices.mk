##@ Orchestrate

.PHONY: test-notice
test-notice: ## Send a notice to the webhook in NOTICE_WEBHOOK_URL, to see that it arrives
	@exec $(PYTHON) -m $(PACKAGE).platform.notices --model $(MODEL) --message "This is a test. No run has failed."
