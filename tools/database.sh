# shellcheck shell=bash
# Prepares, once a machine, the MongoDB-compatible database: PostgreSQL with
# DocumentDB unpacked from Debian, FerretDB compiled from its tag, and a
# template data folder in which the extension is created already.  Sourced.
#
# The programs of the other Debian release run under that release's own dynamic
# loader and libraries, so neither chroot nor mounts nor root are needed.

# prepare_database CACHE: returns at once when everything is there.
prepare_database()
{
    local cache=$1 compiling=

    ! database_prepared "$cache" || return 0
    mkdir -p "$cache/tmp"
    say "preparing the database (once a machine): PostgreSQL" \
        "$POSTGRES_MAJOR and $DATABASE_PACKAGE of Debian $DATABASE_RELEASE," \
        "FerretDB $FERRETDB_TAG"
    if [ ! -x "$(ferretdb_binary "$cache")" ]; then
        compile_ferretdb "$cache" &
        compiling=$!
    fi
    if [ ! -d "$(database_root "$cache")" ]; then
        say "fetching $DATABASE_PACKAGE of $DATABASE_RELEASE"
        unpack_database "$cache"
    fi
    if [ ! -d "$(database_template "$cache")" ]; then
        say "preparing the template data folder"
        make_template "$cache"
    fi
    [ -z "$compiling" ] || wait "$compiling" \
        || die "FerretDB was not compiled; see above or $cache/tmp/ferretdb.log"
    say "the database is prepared in $cache"
}

database_prepared()
{
    [ -x "$(ferretdb_binary "$1")" ] && [ -d "$(database_root "$1")" ] \
        && [ -d "$(database_template "$1")" ]
}

ferretdb_binary()
{
    printf '%s/ferretdb-%s\n' "$1" "$FERRETDB_TAG"
}

database_root()
{
    printf '%s/postgresql-%s-%s\n' "$1" "$DATABASE_RELEASE" "$CACHE_LAYOUT"
}

database_template()
{
    printf '%s/template-%s-%s-%s\n' \
        "$1" "$DATABASE_RELEASE" "$TEMPLATE_LAYOUT" "$(database_owner)"
}

# A data folder belongs to the account that runs it.
database_owner()
{
    if [ "$(id -u)" = 0 ]; then echo "$UNPRIVILEGED"; else id -un; fi
}

unpack_database()
{
    local root

    root=$(database_root "$1")
    unpack_packages "$DATABASE_RELEASE" "$root.tmp" "$DATABASE_PACKAGE"
    link_extensions "$root.tmp/usr/share/postgresql/$POSTGRES_MAJOR/extension"
    wrap_program "$root.tmp/usr/lib/postgresql/$POSTGRES_MAJOR/bin/postgres"
    wrap_program "$root.tmp/usr/lib/postgresql/$POSTGRES_MAJOR/bin/initdb"
    wrap_program "$root.tmp/usr/lib/postgresql/$POSTGRES_MAJOR/bin/psql"
    mv "$root.tmp" "$root"
}

# What PostGIS's package does by update-alternatives when it is configured.
link_extensions()
{
    local control

    for control in "$1"/*-3.control; do
        ln -sf "${control##*/}" "${control%-3.control}.control"
    done
}

# wrap_program FILE: FILE becomes a script that runs the program under the
# loader and libraries of the folder it lies in.
wrap_program()
{
    mv "$1" "$1.elf"
    cat >"$1" <<'WRAPPER'
#!/bin/sh
bin=${0%/*}
set -- "$0.elf" "$@"
for loader in "${bin%/usr/lib/*}"/usr/lib/*/ld-linux*.so.*; do :; done
lib=${loader%/*}
exec "$loader" --argv0 "$0" \
    --library-path "$lib:$lib/blas:$lib/lapack:${bin%/bin}/lib" "$@"
WRAPPER
    chmod 755 "$1"
}

make_template()
{
    local cache=$1 template work log

    template=$(database_template "$cache")
    work=$cache/tmp/template.$$
    log=$cache/tmp/template.log
    rm -rf "$cache"/tmp/template.*
    : >"$log"
    mkdir -p "$work/data" "$work/socket"
    own "$work/data" "$work/socket"
    logged "$log" "creating a data folder (initdb)" initialize "$cache" "$work"
    postgres_settings >>"$work/data/postgresql.conf"
    logged "$log" "creating the extension" create_extension "$cache" "$work"
    mv "$work/data" "$template"
    rm -rf "$work"
}

initialize()
{
    (cd / && unprivileged "$(postgres_program "$1" initdb)" \
        -D "$2/data" -U postgres -A trust --no-sync -E UTF8 \
        --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C)
}

create_extension()
{
    local cache=$1 work=$2 pid status=0

    (cd / && unprivileged "$(postgres_program "$cache" postgres)" \
        -D "$work/data" -c unix_socket_directories="$work/socket" \
        -c documentdb.localhost_connection_string="host=$work/socket" \
        9>&-) &
    pid=$!
    wait_for_socket "$cache" "$work/socket" "$pid" \
        && postgres_run "$cache" "$work/socket" \
            'CREATE EXTENSION documentdb CASCADE;
             CREATE EXTENSION documentdb_extended_rum' || status=1
    kill -INT "$pid" 2>/dev/null || true
    wait "$pid" || true
    return "$status"
}

# Runs beside the unpacking, hence the one line at its start and its end.
compile_ferretdb()
{
    compile_go "$1" "$FERRETDB_MODULE@$FERRETDB_TAG" "$(ferretdb_binary "$1")"
}

# compile_go CACHE MODULE@TAG FILE: the program of a Go module, as FILE.
compile_go()
{
    local cache=$1 module=$2 file=$3 name go log work

    name=${module##*/}
    name=${name%@*}
    log=$cache/tmp/$name.log
    work=$cache/tmp/$name
    mkdir -p "$cache/tmp"
    : >"$log"
    go=$(recent_go "$cache") || exit 1
    say "compiling $name ${module#*@} with $("$go" version | cut -d' ' -f3)"
    [ ! -d "$work" ] || rm -rf "$work"
    logged "$log" "compiling $name" \
        env CGO_ENABLED=0 GOBIN="$work/bin" GOPATH="$work/path" \
        GOCACHE="$work/cache" GOFLAGS="-modcacherw -trimpath" \
        GOTOOLCHAIN=local "$go" install "$module"
    mv "$work/bin/$name" "$file"
    rm -rf "$work" "$cache/tmp/go"
    say "compiled $name"
}

# Prints a Go that is recent enough: the machine's, else Debian's.
recent_go()
{
    local root=$1/tmp/go/root lib

    if go_is_recent go; then
        command -v go
        return
    fi
    say "no Go >= 1.$GO_MINOR_AT_LEAST here; taking that of $DATABASE_RELEASE"
    mkdir -p "$1/tmp/go"
    rm -rf "$root"
    unpack_packages "$DATABASE_RELEASE" "$root" golang-go
    for lib in "$root"/usr/lib/go-1.*; do :; done
    printf '%s/bin/go\n' "$lib"
}

go_is_recent()
{
    command -v "$1" >/dev/null \
        && "$1" version 2>/dev/null | awk -v least="$GO_MINOR_AT_LEAST" \
            '{ split($3, v, "[.a-z]+"); exit !(v[2] > 1 || v[3] >= least) }'
}
