#!/bin/sh
# Runs a command of the virtual environment that `make setup` creates: run.sh [<NAME>=<value>]... <command> <argument>...
# In a moved or copied repository, .venv would run the code of the folder in which it was created.
set -eu

home=$(cd "${0%/*}/.." && pwd -P)
made=$(sed -n "s/^VIRTUAL_ENV='\(.*\)'\$/\1/p" "$home/.venv/bin/activate" 2>/dev/null) || true

if [ -n "$made" ] && [ "$made" != "$home/.venv" ]; then
    echo ".venv was created in ${made%/.venv}, and this folder is $home: run make setup, which creates it again" >&2
    exit 1
fi
if [ ! -e "$home/.venv/bin/python" ]; then
    echo "$home has no .venv: run make setup" >&2
    exit 1
fi
exec env PATH="$home/.venv/bin:$PATH" "$@"
