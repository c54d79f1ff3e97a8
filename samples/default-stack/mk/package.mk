##@ Serving

.PHONY: package-model
package-model: ## Pack the champion into dist/models, for a service without a registry or a platform
	@exec $(PYTHON) -m $(PACKAGE).serving.package --model $(MODEL)
