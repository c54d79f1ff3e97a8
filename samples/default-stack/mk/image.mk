##@ Image

IMAGE := default-stack:local
TRIVY := ghcr.io/aquasecurity/trivy:0.74.0@sha256:62b1e65e8869bc4b4c6aa4fa2b21595256c7c2f6018a9d9ad61caf87187c1969
IMAGE_SEVERITY := HIGH,CRITICAL
# Whether the image has the group `native`: by default, if the framework serves a champion of ENV.
# The shell runs this command in a recipe. NATIVE=1 always adds the group, NATIVE= never does.
NATIVE = $(if $(wildcard .venv/bin/python),$$($(PYTHON) -m $(PACKAGE).platform.image))
SERVED_GROUPS = --only-group serve $$(test -z "$(NATIVE)" || echo --only-group native)

.PHONY: image
image: ## Build the serving image from deploy/Dockerfile
	$(NEEDS_ENGINE)
	$(if $(wildcard uv.lock),,$(error make $@ needs uv.lock: run make setup))
	$(ENGINE) build --file deploy/Dockerfile --tag $(IMAGE) --build-arg NATIVE="$(NATIVE)" \
	  --build-arg REVISION="$$(git describe --always --abbrev=40 --dirty --exclude='*' 2>/dev/null || echo unknown)" \
	  --build-arg CREATED="$$(git log -1 --format=%cI 2>/dev/null || echo unknown)" .

# Trivy reads a saved image file, so that it needs no access to the container engine.
.PHONY: scan-image
scan-image: image ## Scan the image for vulnerabilities and secrets (IMAGE_SEVERITY=HIGH,CRITICAL)
	@mkdir -p reports
	$(ENGINE) save --output reports/image.tar $(IMAGE)
	@trap 'rm -f reports/image.tar' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; set -x; \
	$(ENGINE) run --rm --volume "$(CURDIR)/reports:/reports:ro" --volume trivy:/root/.cache/trivy \
	  --volume "$(CURDIR)/security/accepted.yaml:/accepted.yaml:ro" \
	  $(TRIVY) image --input /reports/image.tar --scanners vuln,secret --no-progress \
	  --severity $(IMAGE_SEVERITY) --ignore-unfixed --ignorefile /accepted.yaml --exit-code 1
