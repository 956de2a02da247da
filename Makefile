# ngx_inventory_module: `make help` lists what there is.  The work is done by
# small scripts in tools/; each target first installs what it needs.

.DEFAULT_GOAL := build
.PHONY: help run build test unit asan sim chaos coherence check fuzz plans bench \
    bench-connections soak documents api-fuzz image image-test \
    test-all clean reproducible deb deb-test \
    lint-delivery lint-image topology test-topology in-docker test-here release-files publish-image \
    draft-release publish-release

BUILD ?= release
export BUILD NGINX_SRC FUZZ_SECONDS PORT LISTEN

## run: start it at 127.0.0.1:8080 (PORT=N, LISTEN=0.0.0.0), and its servers
run:
	@tools/run

## build: build/ngx_inventory_module.so (BUILD=release|debug|asan, NGINX_SRC=DIR)
build:
	@tools/setup run
	@tools/build

## test: everything that must pass: unit, HTTP, short fuzzing, again under ASan
test:
	@tools/test unit sim http documents coherence fuzz asan-unit asan-sim \
	    asan-http asan-chaos asan-coherence

## unit: the tests that need no nginx
unit:
	@tools/test unit

## asan: all tests under ASan and UBSan, nginx included
asan:
	@tools/test asan-unit asan-sim asan-http asan-chaos asan-coherence

## sim: the stock protocol, simulated for SECONDS=600, from SEED=N
sim:
	@tools/setup test
	@$(MAKE) -s -f tools/build-tests.mk BUILD=release sims
	@build/tests/release/t/sim/sim --seed $(or $(SEED),1) \
	    --seconds $(or $(SECONDS),600)

## chaos: everything breaks for SECONDS=600, from SEED=N; then the accounts
chaos:
	@tools/setup test
	@BUILD=release tools/build
	@env -u SECONDS CHAOS_SEED='$(SEED)' CHAOS_SECONDS='$(or $(SECONDS),600)' \
	    prove t/chaos/chaos.t

## coherence: reads while Redis breaks for SECONDS=300, from SEED=N; and mutants
coherence:
	@tools/setup test
	@BUILD=release tools/build
	@env -u SECONDS COHERENCE_SEED='$(SEED)' \
	    COHERENCE_SECONDS='$(or $(SECONDS),300)' prove -v t/coherence/coherence.t
	@env -u SECONDS COHERENCE_SEED='$(SEED)' COHERENCE_CROWD=12000 \
	    COHERENCE_SECONDS=60 prove -v t/coherence/coherence.t
	@env -u SECONDS COHERENCE_MUTANTS=floor,deadline,origin COHERENCE_SECONDS=40 \
	    prove -v t/coherence/mutant.t

## check: warnings of two compilers, layout, static analysis, duplicated code
check:
	@tools/setup check
	@tools/check

## fuzz: every fuzzer for FUZZ_SECONDS=60
fuzz:
	@tools/setup test
	@tools/fuzz

## plans: which index serves each list here, held against docs/lists.md
plans:
	@tools/test plans

## documents: what is written about the service, held against it
documents:
	@tools/test documents

## api-fuzz: schemathesis against the service for SECONDS=600, from SEED=N
api-fuzz:
	@tools/setup test documents
	@BUILD=release tools/build
	@env -u SECONDS API_FUZZ_SECONDS='$(or $(SECONDS),600)' \
	    API_FUZZ_SEED='$(SEED)' prove -v t/documents/schemathesis.t

## image: the container image TAG=inventory, by docker or buildah
image:
	@tools/image build $(or $(TAG),inventory)

## image-test: builds it without an engine, looks into it and runs it
image-test:
	@tools/test image

## bench: speed, checked for exact stock; SIZE=large: a million products instead
bench:
	@tools/setup bench
	@BUILD=release tools/build
ifeq ($(SIZE),large)
	@t/bench/large
else
	@status=0; for part in run database connections; do \
	    t/bench/$$part || status=1; done; exit $$status
endif

## bench-connections: 10,000 open connections, 500 of them active
bench-connections:
	@tools/setup bench
	@BUILD=release tools/build
	@t/bench/connections

## soak: a hot product for SECONDS=120: what grows, and what does not
soak:
	@tools/setup bench
	@BUILD=release tools/build
	@SOAK_SECONDS='$(or $(SECONDS),120)' t/bench/soak

## test-all: check, test, plans, longer fuzzing, and a second distribution
test-all: check test plans
	@FUZZ_SECONDS=300 tools/fuzz
	@tools/test-second

## reproducible: two builds in two folders make one file; prints its SHA-256
reproducible:
	@tools/setup build
	@tools/reproducible

## deb: the Debian package for this release, and what lintian says: build/deb
deb:
	@tools/setup deb
	@tools/deb

## deb-test: it installs, serves and sells in clean roots (RELEASES=...)
deb-test:
	@tools/deb-test $(RELEASES)

## lint-delivery: the workflows, the Dockerfile, docker-compose.yml, railway.json
lint-delivery: lint-image
	@tools/lint-workflows

## lint-image: of these, all but the workflows
lint-image:
	@tools/lint-image

## test-here: unit and HTTP tests on any distribution, at MONGO_URI, REDIS_URL
test-here:
	@tools/setup in-root
	@tools/test-here

## topology: MongoDB by docker, KIND=replica-set|sharded|secure (MONGO_IMAGE=mongo:8)
topology:
	@tools/topology start '$(KIND)' '$(or $(MONGO_IMAGE),mongo:8)'

## test-topology: at MONGO_URI, what is of a KIND of it: also errors, duplicate-sku
test-topology:
	@KIND='$(KIND)' tools/test topology

## in-docker: TARGETS=... in a container of another distribution, IMAGE=...
in-docker:
	@tools/in-docker '$(IMAGE)' $(TARGETS)

## release-files: the module and the package of this distribution: build/release
release-files:
	@BUILD=release tools/build
	@tools/release files

## publish-image: builds the image and pushes it, as IMAGE=... TAG=v...
publish-image:
	@tools/release check '$(TAG)'
	@tools/image build '$(IMAGE):$(TAG)'
	@docker push '$(IMAGE):$(TAG)'

## draft-release: build/release of all distributions, as a draft TAG=v... on GitHub
draft-release:
	@tools/release draft '$(TAG)'

## publish-release: shows everybody the draft TAG=v...
publish-release:
	@tools/release publish '$(TAG)'

## clean: remove what was built; servers' data and the download cache stay
clean:
	@tools/clean

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): /\1\t/p' Makefile | expand -t 20
