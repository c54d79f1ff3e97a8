##@ CI in AWS

.PHONY: ci-role
ci-role: ## Print the role of a job in ENV, and its region: ROLE=plan, apply or deploy
	@role=$$($(PYTHON) -m $(PACKAGE).settings ci.$(ROLE)_role) \
	  && region=$$($(PYTHON) -m $(PACKAGE).settings aws.region) \
	  && printf 'AWS_ROLE_ARN=%s\nAWS_REGION=%s\n' "$$role" "$$region"
