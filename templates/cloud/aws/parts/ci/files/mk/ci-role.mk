##@ CI in AWS

# Whom a job acts as: `plan` reads, `apply` makes infrastructure, `deploy` trains and promotes.
ROLE ?= plan

.PHONY: ci-role
ci-role: ## Print the role of a job in ENV, and its region: ROLE=plan|apply|deploy
	@role=$$($(PYTHON) -m $(PACKAGE).settings ci.$(ROLE)_role) \
	  && region=$$($(PYTHON) -m $(PACKAGE).settings aws.region) \
	  && printf 'AWS_ROLE_ARN=%s\nAWS_REGION=%s\n' "$$role" "$$region"
