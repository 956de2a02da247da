# shellcheck shell=bash
# What every tool shares: progress lines, one-line failures, the cache folder,
# and running things as somebody who is not root.  Sourced, never run.

TOOLS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034
CHECKOUT_DIR=$(dirname "$TOOLS_DIR")
# shellcheck source=tools/versions.sh
. "$TOOLS_DIR/versions.sh"

# PostgreSQL refuses to run as root, so root runs the database as this account,
# which every Debian has.
UNPRIVILEGED=nobody

# say TEXT: one progress line with the seconds since the tool started.
say()
{
    printf '[%3d s] %s\n' "$SECONDS" "$*" >&2
}

# die TEXT: the one line that a failure ends in.
die()
{
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# logged LOG WHAT COMMAND...: run COMMAND with its output in LOG; on failure
# show the end of the log and die.
logged()
{
    local log=$1 what=$2

    shift 2
    if ! "$@" >>"$log" 2>&1; then
        show_tail "$log"
        die "$what failed; the whole log is $log"
    fi
}

show_tail()
{
    [ ! -s "$1" ] || tail -n 12 "$1" | sed 's/^/    | /' >&2
}

# as_root COMMAND...: directly or through sudo.
as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "needs root or sudo: $*"
    fi
}

# unprivileged COMMAND...: replaces the current (sub)shell with COMMAND, run by
# the caller or, when that is root, by UNPRIVILEGED.
unprivileged()
{
    if [ "$(id -u)" != 0 ]; then
        exec "$@"
    fi
    exec setpriv --reuid "$UNPRIVILEGED" --regid "$(id -g "$UNPRIVILEGED")" \
        --clear-groups -- "$@"
}

# enterable DIR: can the database's account get into DIR?
enterable()
{
    (cd / && unprivileged test -x "$1" -a -r "$1") 2>/dev/null
}

# own PATH...: give PATH to the account the database runs as.
own()
{
    if [ "$(id -u)" = 0 ]; then
        chown "$UNPRIVILEGED:$(id -g "$UNPRIVILEGED")" "$@"
    fi
}

# The cache: INV_CACHE_DIR, else the home folder's; but root's home is mostly
# closed to other accounts, and then the system's cache folder it is.
cache_dir()
{
    local dir

    if [ -n "${INV_CACHE_DIR:-}" ]; then
        mkdir -p "$INV_CACHE_DIR"
        dir=$(cd "$INV_CACHE_DIR" && pwd)
        enterable "$dir" \
            || die "INV_CACHE_DIR $dir cannot be entered by $UNPRIVILEGED"
    else
        dir=${HOME:-/root}/.cache/ngx_inventory_module
        if [ "$(id -u)" = 0 ] && ! enterable "${HOME:-/root}"; then
            dir=/var/cache/ngx_inventory_module
        fi
        mkdir -p "$dir"
    fi
    printf '%s\n' "$dir"
}

# with_lock FILE COMMAND...: one caller at a time; descriptor 9 is closed in
# every server that is started, or a server would keep the lock.
with_lock()
{
    local file=$1

    shift
    exec 9>"$file"
    if ! flock -n 9; then
        say "waiting for another call that holds $file"
        flock -w 900 9 || die "another call holds $file for 15 minutes"
    fi
    "$@"
    exec 9>&-
}

# copy_checkout DIR: tracked files and new ones, with their times, into DIR.
copy_checkout()
{
    (
        cd "$CHECKOUT_DIR" || exit
        checkout_files | tar -c --null -T -
    ) | into "$1" tar -x -C "$1" --no-same-owner
}

# Their names, each with a NUL behind it; of a copy without its .git all but
# what was built.
checkout_files()
{
    if [ ! -e .git ]; then
        find . -path ./build -prune -o ! -type d -print0
        return
    fi
    # A file that is deleted but still tracked is in the list, not in the tree.
    # shellcheck disable=SC2016  # for the shell inside
    git ls-files -z --cached --others --exclude-standard \
        | xargs -0 -r -I F sh -c '[ ! -e "$1" ] || printf "%s\0" "$1"' sh F
}

# into DIR COMMAND...: run by the caller, or by root where DIR is not theirs.
into()
{
    if [ -w "$1" ]; then "${@:2}"; else as_root "${@:2}"; fi
}

# The distribution that this runs on: debian12, ubuntu24.04; one that is not out
# yet has no number.  A module is made for one nginx, so for one of these.
release_name()
{
    # shellcheck disable=SC1091 # the system's
    (. /etc/os-release && echo "$ID${VERSION_ID:-}")
}
