# shellcheck shell=sh
# Proxy, certificates and package index of your network, see docs/network.md. What you set for one
# tool reaches all tools; a variable that you set is never changed. This file is sourced by
# scripts/setup.sh. Run by the Makefile, it prints NAME=value lines, with {space} for a space.

# Prints the last value of a key in the sections [global] and [install] of pip's files: key, files.
pip_setting() {
    key=$1
    shift
    [ $# -eq 0 ] || awk -v key="$key" '
        /^[ \t]*([#;]|$)/ { next }
        /^\[/ { reads = /^\[(global|install)\]/; found = 0; next }
        /^[ \t]/ { if (found) { sub(/^[ \t]+/, ""); value = value (value == "" ? "" : " ") $0 }; next }
        {
            name = $0
            sub(/[ \t]*[=:].*/, "", name)
            gsub(/_/, "-", name)
            found = reads && name == key
            if (found) { value = $0; sub(/^[^=:]*[=:][ \t]*/, "", value); sub(/[ \t]+$/, "", value) }
        }
        END { if (value != "") print value }
    ' "$@"
}

# Prints the default index in the first of uv's files that has one.
uv_index() {
    for file in "$@"; do
        awk '
            function end() { if (is_index && is_default && url != "") { print url; done = 1; exit } }
            /^[ \t]*\[/ {
                end()
                is_index = /^[ \t]*\[\[(tool\.uv\.)?index\]\]/
                is_top = /^[ \t]*\[tool\.uv\]/
                is_default = 0
                url = ""
                next
            }
            NR == 1 && FILENAME !~ /pyproject\.toml$/ { is_top = 1 }
            is_index && /^[ \t]*default[ \t]*=[ \t]*true/ { is_default = 1 }
            (is_index && /^[ \t]*url[ \t]*=/) || (is_top && /^[ \t]*index-url[ \t]*=/) {
                url = $0
                sub(/^[^=]*=[ \t]*["\047]/, "", url)
                sub(/["\047].*/, "", url)
                if (is_top) { print url; done = 1; exit }
            }
            END { if (!done) end() }
        ' "$file"
    done | head -n 1
}

# Sets conf_* from the files of pip, and toml_index from the files of uv.
read_files() {
    config=${XDG_CONFIG_HOME:-${HOME:-}/.config}
    pip_file=${PIP_CONFIG_FILE:-}
    set --
    if [ "$pip_file" != /dev/null ]; then
        for file in /etc/xdg/pip/pip.conf /etc/pip.conf "/Library/Application Support/pip/pip.conf" \
            "${HOME:-}/.pip/pip.conf" "$config/pip/pip.conf" \
            "${HOME:-}/Library/Application Support/pip/pip.conf" "$pip_file"; do
            [ ! -f "$file" ] || set -- "$@" "$file"
        done
    fi
    conf_index=$(pip_setting index-url "$@")
    conf_extra=$(pip_setting extra-index-url "$@")
    conf_cert=$(pip_setting cert "$@")
    conf_proxy=$(pip_setting proxy "$@")
    conf_trusted=$(pip_setting trusted-host "$@")
    set --
    for file in uv.toml pyproject.toml "${UV_CONFIG_FILE:-}" "$config/uv/uv.toml" /etc/uv/uv.toml; do
        [ ! -f "$file" ] || set -- "$@" "$file"
    done
    toml_index=$(uv_index "$@")
}

# Sets a variable that has no value: name, value.
share() {
    [ -n "$2" ] || return 0
    eval "[ -n \"\${$1:-}\" ]" || {
        export "$1=$2"
        NETWORK_NAMES="$NETWORK_NAMES $1"
    }
}

# The URLs of a list of indexes, without the names that uv allows before them.
urls() { printf '%s\n' "$*" | sed -E 's#(^| )[A-Za-z0-9._-]*=([a-z+]*://)#\1\2#g'; }

NETWORK_NAMES=
read_files

proxy=${PIP_PROXY:-$conf_proxy}
share HTTPS_PROXY "${https_proxy:-$proxy}"
share HTTP_PROXY "${http_proxy:-$proxy}"
share https_proxy "${HTTPS_PROXY:-}"
share http_proxy "${HTTP_PROXY:-}"
# A proxy cannot reach servers of this computer.
if [ -n "${HTTPS_PROXY:-}${HTTP_PROXY:-}${ALL_PROXY:-}${all_proxy:-}" ]; then
    direct=${no_proxy:-${NO_PROXY:-}}
    for host in 127.0.0.1 localhost ::1; do
        case ",$(printf %s "$direct" | tr -d ' ')," in
            *",$host,"* | *",*,"*) ;;
            *) direct=${direct:+$direct,}$host ;;
        esac
    done
    export no_proxy="$direct" NO_PROXY="$direct"
    NETWORK_NAMES="$NETWORK_NAMES no_proxy NO_PROXY"
fi

certificates=${SSL_CERT_FILE:-${REQUESTS_CA_BUNDLE:-${PIP_CERT:-${CURL_CA_BUNDLE:-$conf_cert}}}}
if [ -z "$certificates" ]; then
    # The store of the system. uv, pip and requests have lists of their own, which lack the
    # certificates of a company.
    share UV_SYSTEM_CERTS "${UV_NATIVE_TLS:-true}"
    for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt \
        /etc/ssl/ca-bundle.pem /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem; do
        if [ -s "$file" ]; then
            certificates=$file
            break
        fi
    done
fi
for name in SSL_CERT_FILE REQUESTS_CA_BUNDLE PIP_CERT CURL_CA_BUNDLE; do
    share $name "$certificates"
done

index=${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-${PIP_INDEX_URL:-}}}
# uv reads its own files, which can say more about an index than a variable.
[ -z "$toml_index" ] || conf_index=
share UV_DEFAULT_INDEX "${index:-$conf_index}"
share PIP_INDEX_URL "$(urls "${index:-${toml_index:-$conf_index}}")"
extra=${UV_INDEX:-${UV_EXTRA_INDEX_URL:-${PIP_EXTRA_INDEX_URL:-$conf_extra}}}
share UV_INDEX "$extra"
share PIP_EXTRA_INDEX_URL "$(urls "$extra")"
trusted=${UV_INSECURE_HOST:-${PIP_TRUSTED_HOST:-$conf_trusted}}
share UV_INSECURE_HOST "$trusted"
share PIP_TRUSTED_HOST "$trusted"

if [ "${0##*/}" = network.sh ]; then
    for name in $NETWORK_NAMES; do
        eval "printf '%s\n' \"$name=\$$name\""
    done | sed 's/ /{space}/g'
fi
