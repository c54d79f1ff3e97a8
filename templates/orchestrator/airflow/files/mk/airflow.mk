##@ Orchestrate

.PHONY: orchestrator-ui
orchestrator-ui: ## Start Airflow with its UI and its schedules, at 127.0.0.1:8080
	exec $(PYTHON) -m pipelines.airflow.serve

# A command of Airflow with its options: make airflow COMMAND="dags list".
COMMAND := version

.PHONY: airflow
airflow: ## Run a command of Airflow on this machine (COMMAND="dags list")
	exec $(PYTHON) -m pipelines.airflow.command $(COMMAND)

.PHONY: submit
submit: ## Train MODEL now in the Airflow of ENV, or in that of orchestrator-ui
	exec $(PYTHON) -m pipelines.airflow.submit --model $(MODEL) --variant $(VARIANT)
