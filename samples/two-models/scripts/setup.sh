#!/bin/sh
# Installs the environment: uv (from the package index, if it is missing), an interpreter
# that fits pyproject.toml, and the locked dependencies of every role. `setup.sh lock` only updates
# uv.lock.
set -eu

cd "$(dirname "$0")/.."

UV_VERSION=0.13.8
MIN_MINOR=11
MAX_MINOR=13

say() { printf '%s\n' "$*" >&2; }

HERE=$(pwd -P)
export PIP_DISABLE_PIP_VERSION_CHECK=1
# The shell, PATH and URLs of databases read these characters as their own.
case $HERE in
    *[\$\"\'\`\\?:#[:cntrl:]]*)
        say "This folder cannot be used: its path $HERE holds one of \$ \" ' \` \\ ? : # or a control character. Rename or move it, then run make setup again."
        exit 1
        ;;
esac

export PYTHONUTF8=1

. scripts/network.sh
. scripts/setup-errors.sh
for file in "${SSL_CERT_FILE:-}" "${REQUESTS_CA_BUNDLE:-}" "${PIP_CERT:-}"; do
    if [ -n "$file" ] && [ ! -e "$file" ]; then
        say "The certificates cannot be read: the file $file does not exist."
        say "Correct SSL_CERT_FILE, REQUESTS_CA_BUNDLE, PIP_CERT or cert in pip.conf (docs/network.md), then run make setup again."
        exit 1
    fi
done

# Prints the path of an interpreter in the range, best-tested version first; nothing if there is
# none.
find_python() {
    for name in python3.12 python3.13 python3.11 python3 python; do
        "$name" - "$MIN_MINOR" "$MAX_MINOR" 2>/dev/null <<'PY' && return 0
import sys

low, high = int(sys.argv[1]), int(sys.argv[2])
if sys.version_info[0] != 3 or not low <= sys.version_info[1] <= high:
    sys.exit(1)
print(sys.executable)
PY
    done
    return 0
}

# Prints the uv to use: the one on PATH if it has the right version, else one in .tools/.
find_uv() {
    if command -v uv >/dev/null 2>&1 && [ "$(uv --version | cut -d' ' -f2)" = "$UV_VERSION" ]; then
        command -v uv
        return 0
    fi
    for own in .tools/uv/bin/uv .tools/uv-lib/bin/uv; do
        if [ -x "$own" ] && [ "$("$own" --version | cut -d' ' -f2)" = "$UV_VERSION" ]; then
            echo "$own"
            return 0
        fi
    done
    say "Installing uv $UV_VERSION into .tools/"
    rm -rf .tools/uv .tools/uv-lib
    mkdir -p .tools
    if ! command -v python3 >/dev/null 2>&1; then
        say "uv $UV_VERSION could not be installed: there is no python3 on PATH."
        say "Install Python 3.11 to 3.$MAX_MINOR or uv itself, then run make setup again."
        return 1
    elif output=$(python3 -m venv .tools/uv 2>&1); then
        # Only with -vv, pip says why it could not read the index.
        output=$(.tools/uv/bin/python -m pip install -vv "uv==$UV_VERSION" 2>&1) && echo .tools/uv/bin/uv && return 0
    elif has 'No space left|quota exceeded|Permission denied|Read-only file system'; then
        : # The log names the cause, which is not this Python.
    elif python3 -m pip --version >/dev/null 2>&1; then
        output=$(python3 -m pip install -vv --target .tools/uv-lib "uv==$UV_VERSION" 2>&1) && echo .tools/uv-lib/bin/uv && return 0
    else
        [ -z "$output" ] || say "$output"
        say "uv $UV_VERSION could not be installed: this Python has neither venv nor pip."
        say "Install one of them (on Debian and Ubuntu: apt-get install python3-venv) or uv itself, then run make setup again."
        return 1
    fi
    lines=$(printf '%s\n' "$output" | grep -E '^(ERROR|WARNING|Could not fetch URL)' || true)
    output=${lines:-$output}
    fail "uv $UV_VERSION could not be installed" "pip did not get it from the package index, see above"
    return 1
}

UV=$(find_uv)
# UV_PYTHON, the variable of uv, chooses a version of the range, or the path of an interpreter.
PYTHON=${UV_PYTHON:-$(find_python)}
case ${UV_PYTHON:-} in 3.[0-9] | 3.[0-9][0-9])
    if [ "${UV_PYTHON#3.}" -lt "$MIN_MINOR" ] || [ "${UV_PYTHON#3.}" -gt "$MAX_MINOR" ]; then
        say "UV_PYTHON is $UV_PYTHON, and this repository needs Python 3.11 to 3.$MAX_MINOR: unset it or set another version, then run make setup again."
        exit 1
    fi
    ;;
esac
if [ -z "$PYTHON" ]; then
    if [ "${UV_PYTHON_DOWNLOADS:-}" = never ]; then
        say "No Python 3.11 to 3.$MAX_MINOR was found, and UV_PYTHON_DOWNLOADS=never forbids a download."
        say "Install one of these versions, or unset UV_PYTHON_DOWNLOADS, then run make setup again."
        exit 1
    fi
    say "No Python 3.11 to 3.$MAX_MINOR was found; uv downloads one."
    PYTHON=3.12
fi

# Updates the lock of a project: its folder with a slash, or nothing; its interpreter.
update_lock() {
    if ! output=$("$UV" lock --no-progress ${1:+--project "$1"} ${2:+--python "$2"} 2>&1); then
        fail "$1uv.lock was not changed" "see the message of uv above"
        say "A release after the date of exclude-newer in $1pyproject.toml counts as missing: make bump moves the date."
        exit 1
    fi
    say "$1uv.lock matches $1pyproject.toml. Next: make setup"
}

if [ "${1:-}" = lock ]; then
    # In CI, this variable forbids a change of uv.lock.
    unset UV_LOCKED
    update_lock "" "$PYTHON"
    exit 0
fi

# Sets `locked`, the flag of uv sync, for the same arguments. A stale lock is never rewritten here, so
# that a change of the installed versions is always a decision.
check_lock() {
    locked=
    if [ -f "$1uv.lock" ]; then
        locked=--locked
        if ! told=$("$UV" lock --check ${1:+--project "$1"} ${2:+--python "$2"} 2>&1); then
            case $told in
                *"needs to be updated"*)
                    say "$1uv.lock does not match $1pyproject.toml: run make lock, which updates it, then make setup again."
                    exit 1
                    ;;
            esac
        fi
        return 0
    fi
    case ${UV_LOCKED:-} in
        1 | [Tt][Rr][Uu][Ee] | [Yy] | [Yy][Ee][Ss] | [Oo][Nn] | [Tt])
            say "$1uv.lock is not in git: run make setup && git add $1uv.lock on your machine, then commit and push it."
            exit 1
            ;;
    esac
}

# Deletes .venv in the same folder if it was created elsewhere: scripts in an environment name their
# interpreter by its path, and uv does not repair them.
remove_moved() {
    made_in=$(sed -n "s/^VIRTUAL_ENV='\(.*\)'\$/\1/p" "$1.venv/bin/activate" 2>/dev/null || true)
    if [ -n "$made_in" ] && [ "$made_in" != "$HERE/$1.venv" ]; then
        say "This repository was moved or copied from ${made_in%"/$1.venv"}: $1.venv is created again."
        rm -rf "$1.venv"
    fi
}

check_lock "" "$PYTHON"
remove_moved ""
# shellcheck disable=SC2086 # no word if there is no lock
if ! output=$("$UV" sync --no-progress $locked --python "$PYTHON" 2>&1); then
    fail "The packages could not be installed" "see the message of uv above"
    exit 1
fi
printf '%s\n' "$output" | sed -n '/^warning:/p' >&2
if [ ! -f .env ]; then
    umask 077
    cp .env.example .env
    sed -i.bak "s/^GRAFANA_ADMIN_PASSWORD=\$/GRAFANA_ADMIN_PASSWORD=$(.venv/bin/python -c 'import secrets; print(secrets.token_hex(16))')/" .env
    rm -f .env.bak
    chmod 600 .env
fi

# The commands of this repository use .venv, so it must be what uv has just installed.
if ! output=$(.venv/bin/python scripts/verify.py two_models 2>&1); then
    say "${output:-.venv/bin/python does not start: is this folder on a file system that forbids programs?}"
    say "Setup is not complete: the environment in $HERE/.venv is not the one that the commands need."
    say "Delete .venv, then run make setup again."
    exit 1
fi
say "Ready: .venv has Python $(.venv/bin/python -c 'import platform; print(platform.python_version())'). Next: make demo"
if git rev-parse --git-dir >/dev/null 2>&1 && ! git ls-files --error-unmatch uv.lock >/dev/null 2>&1; then
    say "uv.lock is not in git: run git add uv.lock and commit it, so that every clone installs the same versions."
fi
if git rev-parse --git-dir >/dev/null 2>&1 && [ ! -e "$(git rev-parse --git-path hooks)/pre-commit" ]; then
    say "make hooks lets git run the checks of .pre-commit-config.yaml at each commit."
fi
