# shellcheck shell=bash
# Servers as processes: started apart from the terminal, remembered with their
# start time (a number alone may belong to somebody else later), signalled
# together with their children.  Sourced.

# spawn NAME COMMAND...: run COMMAND (a function or program) in the background
# as NAME; log and pid file lie in the instance's folder.
spawn()
{
    local name=$1 pid

    shift
    # PostgreSQL and FerretDB want a folder that they may be in.
    (
        cd /
        exec 9>&- </dev/null >>"$INSTANCE_DIR/$name.log" 2>&1
        trap '' HUP
        "$@"
    ) &
    pid=$!
    printf '%s %s\n' "$pid" "$(start_time "$pid")" >"$INSTANCE_DIR/$name.pid"
    disown "$pid"
}

# The 22nd field of stat; the name before it may hold spaces.
start_time()
{
    local stat

    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    stat=${stat##*) }
    # shellcheck disable=SC2086
    set -- $stat
    [ "$1" = Z ] || printf '%s\n' "${20}"
}

# pid_of NAME: prints the process id if it lives.
pid_of()
{
    local pid started

    [ -s "$INSTANCE_DIR/$1.pid" ] || return 1
    read -r pid started <"$INSTANCE_DIR/$1.pid"
    [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ] || return 1
    printf '%s\n' "$pid"
}

# family PID: PID and all below it.
family()
{
    ps -e -o pid= -o ppid= | awk -v top="$1" '
        { parent[$1] = $2 }
        END {
            for (pid in parent) {
                for (up = pid; up in parent && up != top; up = parent[up]) { }
                if (up == top) { print pid }
            }
        }'
}

# signal_family SIGNAL NAME
signal_family()
{
    local pid

    pid=$(pid_of "$2") || return 0
    # shellcheck disable=SC2046
    kill -s "$1" $(family "$pid") 2>/dev/null || true
}

# end NAME SIGNAL SECONDS: ask with SIGNAL; SIGKILL after SECONDS.
end()
{
    local pid name=$1 patience=$((SECONDS + $3))

    pid=$(pid_of "$name") || { rm -f "$INSTANCE_DIR/$name.pid"; return 0; }
    signal_family CONT "$name"
    kill -s "$2" "$pid" 2>/dev/null || true
    while pid_of "$name" >/dev/null; do
        if [ "$SECONDS" -ge "$patience" ]; then
            say "$name does not end; killing it"
            kill_family "$name"
        fi
        sleep 0.02
    done
    rm -f "$INSTANCE_DIR/$name.pid"
}

# kill_family NAME: and wait until nothing of it is left, or a restart would
# meet its ports and its shared memory.
kill_family()
{
    local pid members member

    pid=$(pid_of "$1") || { rm -f "$INSTANCE_DIR/$1.pid"; return 0; }
    # Stopped first: what is stopped begets no more children.
    kill -STOP "$pid" 2>/dev/null || true
    members=$(family "$pid")
    # shellcheck disable=SC2086
    kill -KILL $members 2>/dev/null || true
    for member in $members; do
        while [ -n "$(start_time "$member")" ]; do sleep 0.01; done
    done
    rm -f "$INSTANCE_DIR/$1.pid"
}

# is_paused NAME
is_paused()
{
    local pid

    pid=$(pid_of "$1") && grep -q '^State:[[:space:]]*T' "/proc/$pid/status"
}

# end_children: of this (sub)shell.
end_children()
{
    local members shell=$BASHPID

    members=$(family "$shell" | grep -vx "$shell") || true
    # shellcheck disable=SC2086
    [ -z "$members" ] || kill $members 2>/dev/null || true
}
