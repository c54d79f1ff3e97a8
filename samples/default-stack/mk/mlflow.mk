##@ Observe

.PHONY: mlflow-ui
mlflow-ui: ## Serve the web UI of MLflow on loopback, or print the address of the server of ENV
	exec $(PYTHON) -m $(PACKAGE).platform.mlflow_ui
