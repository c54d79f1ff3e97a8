# shellcheck shell=sh
# The virtual environments in environments/. scripts/setup.sh sources this file and defines what it
# uses: UV, PYTHON, say, fail, check_lock, remove_moved, update_lock.

# Prints the folder of each environment, with a slash.
environment_folders() {
    for file in environments/*/pyproject.toml; do
        [ ! -f "$file" ] || printf '%s\n' "${file%pyproject.toml}"
    done
}

# Prints what uv gets as the interpreter of an environment: that of .venv if its version fits,
# otherwise the versions that fit, of which uv finds or downloads one.
environment_python() {
    requires=$(sed -n 's/^requires-python *= *"\(.*\)"$/\1/p' "$1pyproject.toml")
    case $PYTHON in
        3.*) minor=${PYTHON#3.} ;;
        *) minor=$("$PYTHON" -c 'import sys; print(sys.version_info[1])') ;;
    esac
    low=$(printf '%s\n' "$requires" | sed -n 's/^>=3\.\([0-9]*\),.*/\1/p')
    below=$(printf '%s\n' "$requires" | sed -n 's/.*,<3\.\([0-9]*\)$/\1/p')
    if [ "$minor" -ge "${low:-0}" ] && [ "$minor" -lt "${below:-99}" ]; then
        printf '%s\n' "$PYTHON"
    else
        printf '%s\n' "$requires"
    fi
}

lock_environments() {
    for folder in $(environment_folders); do
        python=$(environment_python "$folder")
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

# Starts the installation of each environment, which goes on while .venv is installed.
start_environments() {
    logs=$(mktemp -d)
    trap stop_environments EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    for folder in $(environment_folders); do
        python=$(environment_python "$folder")
        check_lock "$folder" "$python"
        remove_moved "$folder"
        log=$logs/$(basename "$folder")
        # shellcheck disable=SC2086 # no word if there is no lock
        "$UV" sync --no-progress --project "$folder" $locked --python "$python" >"$log" 2>&1 &
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
