##@ CloudWatch

# Period of log lines to read (m, h, d), text that a line must contain, and maximum number of lines to show.
SINCE := 1h
MATCH :=
TAIL := 1000

.PHONY: logs
logs: ## Show the logs of the workloads in ENV: SINCE=30m, MATCH=text, TAIL=1000
	@exec $(PYTHON) -m $(PACKAGE).monitoring.cloudwatch_reader logs --since '$(SINCE)' --match '$(MATCH)' --most '$(TAIL)'

.PHONY: alarms
alarms: ## List the active alarms of ENV with start time and reason
	@exec $(PYTHON) -m $(PACKAGE).monitoring.cloudwatch_reader alarms
