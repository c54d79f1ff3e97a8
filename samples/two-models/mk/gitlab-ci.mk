##@ GitLab CI

.PHONY: ci-propose
ci-propose: ## Open a merge request with the changes of make bump; in a job, with MLOPS_BUMP_TOKEN
	@if git diff --quiet -- pyproject.toml uv.lock; then echo "$@: nothing changed"; exit 0; fi; \
	test -n "$$MLOPS_BUMP_TOKEN" || { echo "$@ needs MLOPS_BUMP_TOKEN, a project access token that can write to the repository" >&2; exit 1; }; \
	set -e; \
	git -c user.name=bump -c user.email="bump@$$CI_SERVER_HOST" commit --quiet --message "Update the locked packages" -- pyproject.toml uv.lock; \
	git push --quiet --force -o merge_request.create -o merge_request.remove_source_branch \
	  -o merge_request.title="Update the locked packages" -o merge_request.target=main \
	  "https://bump:$$MLOPS_BUMP_TOKEN@$$CI_SERVER_HOST/$$CI_PROJECT_PATH.git" HEAD:refs/heads/bump
