##@ Serving

.PHONY: package-model
package-model: ## Write the champion to dist/mlserver, a model repository for mlserver start
	@exec $(PYTHON) -m $(PACKAGE).serving.package --model $(MODEL)
