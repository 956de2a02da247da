# shellcheck shell=bash
# PostgreSQL behind FerretDB: its programs, settings, data folder and the
# folder of its socket.  Sourced.

postgres_program()
{
    printf '%s/usr/lib/postgresql/%s/bin/%s\n' \
        "$(database_root "$1")" "$POSTGRES_MAJOR" "$2"
}

# postgres_run CACHE SOCKETS SQL
postgres_run()
{
    "$(postgres_program "$1" psql)" -qAtX -v ON_ERROR_STOP=1 \
        -h "$2" -U postgres -d postgres -c "$3"
}

wait_for_socket()
{
    local attempt

    for ((attempt = 0; attempt < 600; attempt++)); do
        ! postgres_run "$1" "$2" 'SELECT 1' >/dev/null 2>&1 || return 0
        kill -0 "$3" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

# Durable as in production, small in memory, reachable by a socket only:
# `trust` must not mean every account of the machine.
postgres_settings()
{
    cat <<'SETTINGS'

# written by tools/database.sh
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb,pg_documentdb_extended_rum'
# The kind of index that can give its documents in order, as MongoDB's do; with
# the default kind every sorted page is a sort of the whole list.  It is chosen
# once PostgreSQL knows how large a collection is.
documentdb.alternate_index_handler_name = 'extended_rum'
autovacuum_naptime = 5s
# The page behind a cursor is asked for with an $or, which would be answered by
# two bitmaps and a sort instead of one walk along the index.
enable_bitmapscan = off
cron.database_name = 'postgres'
cron.use_background_workers = on
cron.log_run = off
cron.log_statement = off
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 200
max_worker_processes = 24
shared_buffers = 256MB
dynamic_shared_memory_type = mmap
huge_pages = off
jit = off
fsync = on
synchronous_commit = on
# Creates of one sku at once wait for each other in circles; a second each,
# the default, is what a client would wait.
deadlock_timeout = 20ms
timezone = 'UTC'
log_timezone = 'UTC'
SETTINGS
}

create_postgres_data()
{
    local cache=$1 data=$2

    if [ ! -d "$data/postgres" ]; then
        rm -rf "$data/postgres.new"
        cp -a --reflink=auto "$(database_template "$cache")" \
            "$data/postgres.new"
        mv "$data/postgres.new" "$data/postgres"
    fi
    mkdir -p "$data/ferretdb"
    own "$data/ferretdb"
}

# A killed PostgreSQL that its parent has not collected yet (the first process
# of a container may never do so) counts as alive for the next one.  Its number
# in the lock file gives way to one that no process has; what the file says of
# shared memory stays, so a child that still lives is noticed.
bury_postmaster()
{
    local pid

    [ -s "$1" ] || return 0
    read -r pid <"$1"
    if [ -z "$(start_time "$pid")" ]; then
        sed -i "1s/.*/$((1 << 30))/" "$1"
        own "$1"
    fi
}

# A socket's path may have 107 bytes only, so not in the instance's folder; and
# nobody else may enter it.
new_socket_dir()
{
    local socket

    remove_socket_dir
    socket=$(mktemp -d "${TMPDIR:-/tmp}/inventory-$INSTANCE.XXXXXX")
    own "$socket"
    printf '%s\n' "$socket" >"$INSTANCE_DIR/socket.path"
    printf '%s\n' "$socket"
}

remove_socket_dir()
{
    local socket

    [ -s "$INSTANCE_DIR/socket.path" ] || return 0
    socket=$(<"$INSTANCE_DIR/socket.path")
    case $socket in */inventory-*.??????) rm -rf "$socket" ;; esac
    rm -f "$INSTANCE_DIR/socket.path"
}
