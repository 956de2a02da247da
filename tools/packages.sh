# shellcheck shell=bash
# Which Debian packages what needs: the one list.  Sourced.
#
# The names are the same on bookworm, trixie and forky (libmongoc-dev is 1.23,
# 1.30 and 2.x there).

packages_of()
{
    case $1 in
    build)
        # To build the module, for the packaged nginx.
        echo gcc libc6-dev make pkg-config nginx-dev libmongoc-dev libbson-dev \
            libhiredis-dev libyajl-dev libssl-dev libpcre2-dev zlib1g-dev
        ;;
    run)
        packages_of build
        # To run nginx with it ...
        echo nginx perl curl
        # ... and to run the servers behind it.  Go comes from the machine or
        # from tools/database.sh; tzdata is PostgreSQL's, git Go's fallback.
        echo redis-server debian-archive-keyring ca-certificates tzdata git \
            util-linux procps
        ;;
    test)
        packages_of run
        echo libcmocka-dev clang llvm libclang-rt-dev dpkg-dev openssl
        ;;
    check)
        packages_of test
        echo clang-format clang-tidy similarity-tester shellcheck
        ;;
    documents)
        # For the linters of web/openapi.json, and schemathesis, which
        # tools/documents installs.
        echo python3-venv ca-certificates
        ;;
    browser)
        # Opens the page of inventory_docs (t/documents/page.t).
        echo chromium
        ;;
    bench)
        packages_of run
        echo wrk
        ;;
    deb)
        # To make the Debian package, and to look at it.
        packages_of build
        echo build-essential lintian git
        ;;
    root)
        # To make a second Debian in a folder (tools/root) ...
        echo mmdebstrap debian-archive-keyring
        ;;
    clean)
        # ... or nothing but what apt needs, to install the package there ...
        echo ca-certificates
        ;;
    image)
        # To build the container image without an engine (tools/image).
        packages_of root
        # ... and to look at what it is made by (tools/lint-image).
        echo buildah crun python3-venv perl
        ;;
    in-root)
        # ... and what belongs into it, to build the module and test it there.
        packages_of run
        echo libcmocka-dev
        ;;
    *)
        return 1
        ;;
    esac
}
