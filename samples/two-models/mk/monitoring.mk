##@ Alerts and dashboards

MONITORING_SERVICES := prometheus alertmanager grafana
# promtool and amtool from `make monitoring-tools`, if it was run.
export PATH := $(CURDIR)/.tools/bin:$(PATH)

.PHONY: slo
slo: ## Generate the service level rules from slo.yaml
	exec $(SCRIPT) monitoring/slo_files.py

.PHONY: monitoring-check
monitoring-check: ## Check rules, rule tests, scrape and alert configuration
	exec $(SCRIPT) monitoring/slo_files.py --check
	@if ! command -v promtool >/dev/null; then \
	  echo "skipped: rules and rule tests (promtool is not installed)"; \
	else \
	  set -ex; \
	  promtool check config monitoring/prometheus.yml; \
	  promtool test rules monitoring/tests/*.yml; \
	fi
	@if ! command -v amtool >/dev/null; then \
	  echo "skipped: monitoring/alertmanager.yml (amtool is not installed)"; \
	elif amtool --version 2>&1 | grep -Eq 'version 0\.(1?[0-9]|2[0-5])\.'; then \
	  echo "skipped: monitoring/alertmanager.yml (this amtool is older than 0.26 and does not support url_file)"; \
	else \
	  set -ex; \
	  amtool check-config monitoring/alertmanager.yml; \
	  amtool config routes test --config.file monitoring/alertmanager.yml --verify.receivers page severity=page >/dev/null; \
	  amtool config routes test --config.file monitoring/alertmanager.yml --verify.receivers ticket severity=ticket >/dev/null; \
	fi

check: monitoring-check

# Both are in the images of the services, which are pinned by digest.
.PHONY: monitoring-tools
monitoring-tools: ## Copy promtool and amtool to .tools/bin/, which checks without them skip (needs a container engine)
	$(NEEDS_ENGINE)
	@mkdir -p .tools/bin
	@set -e; for each in prom/prometheus:v3.15.0@sha256:efd719c99d83b060d9daefdcf00360461adf279f45ef5391f8d111892118753e=promtool prom/alertmanager:v0.34.1@sha256:e9733bafb1bdef9b00e25a21f8f99dc26a22224bf16641ad754d1649f4c3357a=amtool; do \
	  container=$$($(ENGINE) create --quiet "$${each%=*}"); \
	  $(ENGINE) cp "$$container:/bin/$${each##*=}" .tools/bin/; \
	  $(ENGINE) rm "$$container" >/dev/null; \
	done
	@.tools/bin/promtool --version && .tools/bin/amtool --version

.PHONY: monitoring-up
monitoring-up: ## Start Prometheus, Alertmanager and Grafana in containers
	$(NEEDS_ENGINE)
	$(NEEDS_COMPOSE)
	$(if $(wildcard monitoring/targets/$(ENV).yml),,$(error make $@ needs monitoring/targets/$(ENV).yml, which says where Prometheus reads the metrics of the service: docs/tools/prometheus.md))
	$(if $(strip $(value GRAFANA_ADMIN_PASSWORD)),,$(error make $@ needs GRAFANA_ADMIN_PASSWORD in .env: run make setup, or write a password there))
	$(if $(strip $(value ALERT_WEBHOOK_URL)),,$(info ALERT_WEBHOOK_URL is empty in .env: alerts are displayed but not sent))
	$(COMPOSE) up --detach --wait $(MONITORING_SERVICES)
	@echo "Grafana http://127.0.0.1:3001 (user admin), Prometheus http://127.0.0.1:9090, Alertmanager http://127.0.0.1:9093"

.PHONY: monitoring-down
monitoring-down: ## Stop the containers; keep the recorded data in volumes
	$(NEEDS_ENGINE)
	$(NEEDS_COMPOSE)
	$(COMPOSE) rm --stop --force $(MONITORING_SERVICES)
