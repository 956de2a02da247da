# shellcheck shell=bash
# Takes packages of another Debian release from the mirror that this machine
# uses itself.  Nothing is installed on the machine and no root is needed:
# apt works on folders of its own.  Sourced.

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The machine's own mirror of Debian, from its apt sources.
debian_mirror()
{
    # shellcheck disable=SC2016  # the names are apt's
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
            'Created-By: Packages' 2>/dev/null \
        | awk '$1 ~ /^(bookworm|trixie|forky|sid|stable|testing|unstable)$/ \
               && $2 !~ /security/ { print $2; exit }'
}

# private_apt DIR ARGS...: apt-get on the folders below DIR.
private_apt()
{
    local dir=$1

    shift
    apt-get -q \
        -o Dir::Etc::sourcelist="$dir/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferences=/dev/null \
        -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::State::lists="$dir/lists" \
        -o Dir::State::status="$dir/status" \
        -o Dir::State::extended_states="$dir/extended_states" \
        -o Dir::Cache="$dir" \
        -o Dir::Cache::archives="$dir/archives" \
        -o APT::Sandbox::User="$(id -un)" \
        -o APT::Install-Recommends=0 \
        "$@"
}

# prepare_private_apt DIR RELEASE: sources and index of RELEASE below DIR.
prepare_private_apt()
{
    local dir=$1 release=$2 mirror signed=

    mirror=$(debian_mirror)
    [ -n "$mirror" ] || die "no Debian mirror in this machine's apt sources"
    [ ! -r "$KEYRING" ] || signed="[signed-by=$KEYRING] "
    mkdir -p "$dir/lists/partial" "$dir/archives/partial"
    : >"$dir/status"
    printf 'deb %s%s %s main\n' "$signed" "$mirror" "$release" \
        >"$dir/sources.list"

    if private_apt "$dir" update -o APT::Update::Error-Mode=any \
            >"$dir/update.log" 2>&1; then
        return
    fi
    # A mirror that is a snapshot has an index past its date.
    say "the index of $release is refused; trying again without its date"
    logged "$dir/update.log" "reading the package index of $release" \
        private_apt "$dir" update -o Acquire::Check-Valid-Until=false \
        -o APT::Update::Error-Mode=any
}

# unpack_packages RELEASE ROOT PACKAGE...: PACKAGEs and all they depend on,
# unpacked (not configured) into ROOT, which is made anew.
unpack_packages()
{
    local release=$1 root=$2 work=$2.apt

    shift 2
    rm -rf "$work" "$root.new" "$root"
    mkdir -p "$work" "$root.new"
    prepare_private_apt "$work" "$release"
    logged "$work/download.log" "downloading $*" \
        private_apt "$work" -y --download-only install "$@"
    say "unpacking $(find "$work/archives" -name '*.deb' | wc -l) packages"
    logged "$work/unpack.log" "unpacking $*" unpack_all "$work" "$root.new"
    rm -rf "$work"
    mv "$root.new" "$root"
}

unpack_all()
{
    find "$1/archives" -name '*.deb' -print0 \
        | xargs -0 -n 1 -P "$(nproc)" -I DEB dpkg-deb -x DEB "$2"
}

# Enters ROOT ($1) in DIR ($2), with /proc where mounting is allowed.
# shellcheck disable=SC2016  # for the shells inside
ENTER='
    root=$1 dir=$2; shift 2
    mount -t proc proc "$root/proc" 2>/dev/null || :
    exec chroot "$root" /bin/sh -c "cd \"\$1\" && shift && exec \"\$@\"" \
        sh "$dir" "$@"'

# enter_root ROOT DIR COMMAND...: in another Debian's root folder.  Of the
# environment it has the servers' addresses; the network is the machine's.
enter_root()
{
    local apart=()

    if as_root unshare --mount true 2>/dev/null; then
        apart=(unshare --mount)
    fi
    as_root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        ${MONGO_URI:+MONGO_URI="$MONGO_URI"} ${REDIS_URL:+REDIS_URL="$REDIS_URL"} \
        "${apart[@]}" sh -c "$ENTER" sh "$@"
}
