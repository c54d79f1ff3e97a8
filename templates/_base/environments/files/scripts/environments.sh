# shellcheck shell=sh
# The virtual environments in environments/. scripts/setup.sh sources this file, and defines the
# functions say, fail, check_lock, remove_moved and update_lock.

# Prints the folder of each environment, with a slash.
environment_folders() {
    for file in environments/*/pyproject.toml; do
        [ ! -f "$file" ] || printf '%s\n' "${file%pyproject.toml}"
    done
}

# Prints what uv gets as the interpreter of an environment: that of .venv if its version fits,
# otherwise the versions that fit, of which uv finds or downloads one. Nothing if uv downloads that
# of .venv: it then decides on its own. Arguments: the folder, the interpreter of .venv.
environment_python() {
    case $2 in 3.*) return 0 ;; esac
    "$2" - "$1pyproject.toml" <<'PY'
import re
import sys
import tomllib

with open(sys.argv[1], "rb") as file:
    requires = tomllib.load(file)["project"].get("requires-python", "")
minor = sys.version_info[1]
fits = {">=": minor.__ge__, "<": minor.__lt__}
clauses = [re.fullmatch(r"\s*(>=|<)\s*3\.(\d+)\s*", clause) for clause in requires.split(",")]
own = all(clause and fits[clause[1]](int(clause[2])) for clause in clauses)
print(sys.executable if own or not requires else requires)
PY
}

# Updates the lock of each environment. Argument: the interpreter of .venv.
lock_environments() {
    for folder in $(environment_folders); do
        python=$(environment_python "$folder" "$1")
        update_lock "$folder" "$python"
    done
}

logs=
started=

# Ends what still runs if setup fails or is interrupted.
stop_environments() {
    for job in $started; do
        kill "${job%%:*}" 2>/dev/null || true
    done
    rm -rf "$logs"
}

# Starts the installation of each environment, which goes on while .venv is installed. Arguments: uv,
# the interpreter of .venv.
start_environments() {
    uv=$1
    logs=$(mktemp -d)
    trap stop_environments EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    for folder in $(environment_folders); do
        python=$(environment_python "$folder" "$2")
        locked=
        check_lock "$folder" "$python"
        remove_moved "$folder"
        log=$logs/$(basename "$folder")
        # shellcheck disable=SC2086 # no word if there is no lock
        "$uv" sync --no-progress --all-extras --project "$folder" $locked ${python:+--python "$python"} >"$log" 2>&1 &
        started="$started $!:$folder"
    done
}

# Waits for them. Exits if one failed, or is not where the commands of this repository expect it.
finish_environments() {
    problem=
    for job in $started; do
        folder=${job#*:}
        status=0
        wait "${job%%:*}" || status=$?
        output=$(cat "$logs/$(basename "$folder")")
        if [ "$status" -ne 0 ]; then
            fail "The packages of $folder could not be installed" "see the message of uv above"
            problem=yes
            continue
        fi
        printf '%s\n' "$output" | sed -n '/^warning:/p' >&2
        if ! output=$(.venv/bin/python scripts/verify.py --environment "$(basename "$folder")" 2>&1); then
            say "$output"
            say "Setup is not complete: delete $folder.venv, then run make setup again."
            problem=yes
        fi
    done
    started=
    [ -z "$problem" ] || exit 1
}
