#!/usr/bin/env bash
# Runs a command in the root file system of an image as `docker run --read-only --user … --security-opt no-new-privileges` would,
# where no container engine can: the first process of a namespace of its own, a read-only root, /tmp in memory, /mnt read-only.
#   run-image.sh ROOT USER WORKDIR MODEL_FOLDER NAME=VALUE… -- COMMAND…
set -euo pipefail
root=$1 user=$2 workdir=$3 models=$4
shift 4
variables=()
while [ "$1" != -- ]; do
    variables+=("$1")
    shift
done
shift
export root models
exec unshare --mount --pid --ipc --uts --fork --kill-child bash -c '
    set -e
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    mount --bind "$models" "$root/mnt"
    mount -o remount,bind,ro "$root/mnt"
    mount -o remount,bind,ro "$root"
    exec setpriv --no-new-privs chroot --userspec="$0" "$root" "$@"
' "$user" /usr/bin/env -i -C "$workdir" "${variables[@]}" "$@"
