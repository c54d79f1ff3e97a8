#!/bin/sh
# Builds an image with the network settings of this computer: build-image.sh ENGINE OPTIONS…
# Secrets are mounted during a step of the build, and no layer contains them. docs/network.md
# describes the settings.
set -eu

engine=$1
shift

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 700 "$folder"

# Prints a line for a shell that exports a variable; nothing if it has no value.
line() { [ -z "$2" ] || printf "export %s='%s'\n" "$1" "$(printf %s "$2" | sed "s/'/'\\\\''/g")"; }

certificates=${SSL_CERT_FILE:-/dev/null}
{
    line UV_DEFAULT_INDEX "${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-}}"
    line UV_INDEX "${UV_INDEX:-}"
    line UV_INSECURE_HOST "${UV_INSECURE_HOST:-}"
    line UV_EXCLUDE_NEWER "${UV_EXCLUDE_NEWER:-}"
    [ ! -s "$certificates" ] || line SSL_CERT_FILE /run/secrets/certificates
} >"$folder/network"
[ -s "$certificates" ] || certificates=$folder/network

# Engines keep these predefined arguments out of the history of the image.
for name in HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    value=
    eval "value=\${$name:-}"
    [ -z "$value" ] || set -- --build-arg "$name" "$@"
done

"$engine" build --secret "id=network,src=$folder/network" --secret "id=certificates,src=$certificates" "$@"
