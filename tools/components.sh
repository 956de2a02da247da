# shellcheck shell=bash
# The components of an instance: mongo (a mongod, or FerretDB with PostgreSQL
# behind it) and redis; what they are made of and in which order their parts
# start and end.  Sourced by tools/servers.

# A server that has not answered by then has failed.
READY_SECONDS=60
STOP_SECONDS=20

# external_uri COMPONENT: of a server that the environment names.
external_uri()
{
    case $1 in
    mongo) printf '%s' "${MONGO_URI:-${MONGO_URL:-}}" ;;
    redis) printf '%s' "${REDIS_URL:-}" ;;
    esac
}

uri_of()
{
    local uri port scheme=redis

    uri=$(external_uri "$1")
    if [ -n "$uri" ]; then
        printf '%s\n' "$uri"
        return
    fi
    [ -s "$INSTANCE_DIR/$1.port" ] \
        || die "instance $INSTANCE has no $1 yet: tools/servers start"
    port=$(<"$INSTANCE_DIR/$1.port")
    [ "$1" = redis ] || scheme=mongodb
    printf '%s://127.0.0.1:%s\n' "$scheme" "$port"
}

component_state()
{
    local main

    if [ -n "$(external_uri "$1")" ]; then
        echo 'external (named by the environment)'
        return
    fi
    main=$(main_part "$1")
    if is_paused "$main"; then
        printf 'paused   %s (%s)\n' "$(uri_of "$1")" "$main"
    elif parts_alive "$1"; then
        printf 'running  %s (%s)\n' "$(uri_of "$1")" "$main"
    else
        echo stopped
    fi
}

# The process that clients talk to.
main_part()
{
    if [ "$1" = redis ]; then
        echo redis
    elif [ -s "$INSTANCE_DIR/kind" ]; then
        cat "$INSTANCE_DIR/kind"
    elif command -v mongod >/dev/null; then
        echo mongod
    else
        echo ferretdb
    fi
}

# All processes of a component, in the order in which they start.
parts_of()
{
    case $(main_part "$1") in
    ferretdb) echo postgres ferretdb ;;
    *) main_part "$1" ;;
    esac
}

parts_alive()
{
    local part

    for part in $(parts_of "$1"); do
        pid_of "$part" >/dev/null || return 1
    done
}

# data_dir: beside the logs, or in the cache when the database's account could
# not reach it there (a checkout below /root).
data_dir()
{
    local dir

    if [ -s "$INSTANCE_DIR/data.path" ]; then
        cat "$INSTANCE_DIR/data.path"
        return
    fi
    dir=$INSTANCE_DIR/data
    if ! enterable "$INSTANCE_DIR"; then
        dir=$(cache_dir)/instances/$INSTANCE-$(cksum <<<"$INSTANCE_DIR" \
            | cut -d' ' -f1)
    fi
    printf '%s\n' "$dir"
}

# Missing packages are said before anything is started.
require_programs()
{
    case $1 in
    *redis*)
        [ -n "$(external_uri redis)" ] || command -v redis-server >/dev/null \
            || die "no redis-server here; run: tools/setup run" ;;
    esac
}

start_component()
{
    local part port

    if is_paused "$(main_part "$1")"; then
        resume_component "$1"
    fi
    if parts_alive "$1"; then
        return 0
    fi
    for part in $(parts_of "$1"); do
        kill_family "$part"
    done
    port=$(port_of "$1")
    data_dir >"$INSTANCE_DIR/data.path.new"
    mv "$INSTANCE_DIR/data.path.new" "$INSTANCE_DIR/data.path"
    mkdir -p "$(data_dir)"
    "start_$(main_part "$1")" "$port"
    await "$1" "$port"
    say "$INSTANCE: $(main_part "$1") answers on port $port"
}

# port_of COMPONENT: chosen once, then kept.
port_of()
{
    local file=$INSTANCE_DIR/$1.port

    if [ ! -s "$file" ]; then
        # shellcheck disable=SC2046
        "$TOOLS_DIR/ready.pl" port \
            $(cat "$SERVERS_DIR"/*/*.port 2>/dev/null) >"$file.new"
        mv "$file.new" "$file"
    fi
    cat "$file"
}

# await COMPONENT PORT: until it answers, or die with the end of its log.
await()
{
    local part why end=$((SECONDS + READY_SECONDS))

    while ! why=$("$TOOLS_DIR/ready.pl" "$1" 127.0.0.1 "$2" 1 2>&1); do
        if parts_alive "$1" && [ "$SECONDS" -lt "$end" ]; then
            continue
        fi
        for part in $(parts_of "$1"); do
            printf '    %s:\n' "$INSTANCE_DIR/$part.log" >&2
            show_tail "$INSTANCE_DIR/$part.log"
        done
        parts_alive "$1" || die "$(main_part "$1") ended while it started"
        die "$(main_part "$1") does not answer in $READY_SECONDS s: $why"
    done
}

start_redis()
{
    mkdir -p "$(data_dir)/redis"
    spawn redis exec redis-server --bind 127.0.0.1 --port "$1" \
        --dir "$(data_dir)/redis" --save 60 1 --appendonly no \
        --daemonize no --protected-mode yes
}

start_mongod()
{
    echo mongod >"$INSTANCE_DIR/kind"
    mkdir -p "$(data_dir)/mongod"
    spawn mongod exec mongod --dbpath "$(data_dir)/mongod" \
        --bind_ip 127.0.0.1 --port "$1"
}

start_ferretdb()
{
    local cache data socket

    cache=$(cache_dir)
    with_cache_lock "$cache" prepare_database "$cache"
    echo ferretdb >"$INSTANCE_DIR/kind"
    data=$(data_dir)
    create_postgres_data "$cache" "$data"
    bury_postmaster "$data/postgres/postmaster.pid"
    socket=$(new_socket_dir)
    spawn postgres unprivileged "$(postgres_program "$cache" postgres)" \
        -D "$data/postgres" -c unix_socket_directories="$socket" \
        -c documentdb.localhost_connection_string="host=$socket" \
        -c "cluster_name=$INSTANCE"
    wait_for_socket "$cache" "$socket" "$(pid_of postgres)" \
        || { show_tail "$INSTANCE_DIR/postgres.log"
             die "PostgreSQL did not start: $INSTANCE_DIR/postgres.log"; }
    spawn ferretdb unprivileged "$(ferretdb_binary "$cache")" \
        --no-auth --telemetry=disable --debug-addr=- --log-level=WARN \
        --listen-addr="127.0.0.1:$1" --state-dir="$data/ferretdb" \
        --postgresql-url="postgres://postgres@/postgres?host=$socket&$POOL"
}

# FerretDB's own default is 50 connections; more only queue on two cores, fewer
# let a few writers that wait for a lock stop everybody else.
POOL=pool_max_conns=100

# The lock of the cache is another one than the instance's, which stays held.
# What works in the background (the compiler) ends with a failure or Ctrl-C.
with_cache_lock()
{
    local cache=$1

    shift
    (
        trap 'end_children' EXIT
        trap 'exit 130' INT TERM
        with_lock "$cache/lock" "$@"
    )
}

# Clients lose their server first, then the server its storage.
stop_component()
{
    local part

    for part in $(parts_of "$1" | tr ' ' '\n' | tac); do
        case $part in
        # `fast`: PostgreSQL ends its sessions instead of waiting for them.
        postgres) end postgres INT "$STOP_SECONDS"; remove_socket_dir ;;
        *) end "$part" TERM "$STOP_SECONDS" ;;
        esac
    done
}

kill_component()
{
    local part

    for part in $(parts_of "$1" | tr ' ' '\n' | tac); do
        kill_family "$part"
    done
    [ "$1" = redis ] || remove_socket_dir
}

pause_component()
{
    local part

    parts_alive "$1" || die "$1 of $INSTANCE does not run"
    for part in $(parts_of "$1" | tr ' ' '\n' | tac); do
        signal_family STOP "$part"
    done
}

resume_component()
{
    local part

    for part in $(parts_of "$1"); do
        signal_family CONT "$part"
    done
}
