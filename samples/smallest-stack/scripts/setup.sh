#!/bin/sh
# Installs the environment: uv (from the package index, if it is missing), an interpreter
# that fits pyproject.toml, and the locked dependencies of every group. `setup.sh lock` only updates
# uv.lock.
set -eu

cd "$(dirname "$0")/.."

UV_VERSION=0.13.8
MIN_MINOR=11
MAX_MINOR=13

say() { printf '%s\n' "$*" >&2; }

HERE=$(pwd -P)
# The shell, PATH and URLs of databases read these characters as their own.
case $HERE in
    *[\$\"\'\`\\?:#[:cntrl:]]*)
        say "This folder cannot be used: its path $HERE holds one of \$ \" ' \` \\ ? : # or a control character. Rename or move it, then run make setup again."
        exit 1
        ;;
esac

# Hooks of git set these variables, which name the repository of the hook instead of this one.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_OBJECT_DIRECTORY GIT_PREFIX

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
    elif python3 -m venv .tools/uv >/dev/null 2>&1; then
        .tools/uv/bin/python -m pip install --quiet "uv==$UV_VERSION" >&2 && echo .tools/uv/bin/uv && return 0
    elif python3 -m pip --version >/dev/null 2>&1; then
        python3 -m pip install --quiet --target .tools/uv-lib "uv==$UV_VERSION" >&2 && echo .tools/uv-lib/bin/uv && return 0
    else
        say "uv $UV_VERSION could not be installed: this Python has neither venv nor pip."
        say "Install one of them (on Debian and Ubuntu: apt-get install python3-venv) or uv itself, then run make setup again."
        return 1
    fi
    say "uv $UV_VERSION could not be installed: pip did not get it from the package index, see above."
    say "Check the network, the proxy and PIP_INDEX_URL, or install uv $UV_VERSION itself, then run make setup again."
    return 1
}

UV=$(find_uv)
PYTHON=$(find_python)
if [ -z "$PYTHON" ]; then
    if [ "${UV_PYTHON_DOWNLOADS:-}" = never ]; then
        say "No Python 3.11 to 3.$MAX_MINOR was found, and UV_PYTHON_DOWNLOADS=never forbids a download."
        say "Install one of these versions, or unset UV_PYTHON_DOWNLOADS, then run make setup again."
        exit 1
    fi
    say "No Python 3.11 to 3.$MAX_MINOR was found; uv downloads one."
    PYTHON=3.12
fi

# An active environment of another project must not be changed.
unset VIRTUAL_ENV

if [ "${1:-}" = lock ]; then
    # In CI, these variables forbid a change of uv.lock.
    unset UV_LOCKED UV_FROZEN
    "$UV" lock --quiet --python "$PYTHON" || {
        say "uv.lock was not changed, see the message of uv above. A release after the date of exclude-newer in pyproject.toml counts as missing: make bump moves the date."
        exit 1
    }
    say "uv.lock matches pyproject.toml. Next: make setup"
    exit 0
fi

# A stale lock is never rewritten here, so that a change of the installed versions is always a decision.
if [ -f uv.lock ]; then
    locked=--locked
    if ! told=$("$UV" lock --check --python "$PYTHON" 2>&1); then
        case $told in
            *"needs to be updated"*)
                say "uv.lock does not match pyproject.toml: run make lock, which updates it, then make setup again."
                exit 1
                ;;
        esac
    fi
else
    locked=
    case ${UV_LOCKED:-} in
        1 | [Tt][Rr][Uu][Ee] | [Yy] | [Yy][Ee][Ss] | [Oo][Nn] | [Tt])
            say "uv.lock is not in git: run make setup && git add uv.lock on your machine, then commit and push it."
            exit 1
            ;;
    esac
fi

# Scripts in an environment name their interpreter by its path, and uv does not repair them.
made_in=$(sed -n "s/^VIRTUAL_ENV='\(.*\)'\$/\1/p" .venv/bin/activate 2>/dev/null || true)
if [ -n "$made_in" ] && [ "$made_in" != "$HERE/.venv" ]; then
    say "This repository was moved or copied from ${made_in%/.venv}: .venv is created again."
    rm -rf .venv
fi
# shellcheck disable=SC2086 # no word if there is no lock
"$UV" sync --quiet $locked --python "$PYTHON" || {
    say "The packages could not be installed, see the message of uv above."
    say "If it is about the package index, check the network, the proxy and UV_DEFAULT_INDEX. Then run make setup again."
    exit 1
}
if [ ! -f .env ]; then
    umask 077
    cp .env.example .env
    rm -f .env.bak
    chmod 600 .env
fi
say "Ready: .venv has Python $(.venv/bin/python -c 'import platform; print(platform.python_version())'). Next: make demo"
if git rev-parse --git-dir >/dev/null 2>&1 && ! git ls-files --error-unmatch uv.lock >/dev/null 2>&1; then
    say "uv.lock is not in git: run git add uv.lock and commit it, so that every clone installs the same versions."
fi
if git rev-parse --git-dir >/dev/null 2>&1 && [ ! -e "$(git rev-parse --git-path hooks)/pre-commit" ]; then
    say "make hooks lets git run the checks of .pre-commit-config.yaml at each commit."
fi
