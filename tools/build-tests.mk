# Builds what is tested without nginx:
#
#   make -f tools/build-tests.mk [BUILD=release|asan] units stores
#   make -f tools/build-tests.mk BUILD=fuzz fuzzers
#   make -f tools/build-tests.mk proxy redis_proxy
#   make -f tools/build-tests.mk [BUILD=release|asan] sims
#   make -f tools/build-tests.mk benches
#
# t/unit/test_X.c is linked with the pure rooms (base, json, model).  Pure files
# of other rooms are linked with a test that includes their header.  Flags for
# the linker are named in a line of the test:  /* link with: -Wl,... */
# and files that have no header of their own in another:  /* made of: ... */
# What stands in for nginx's headers is in t/unit/ngx.
# t/store/test_X.c is linked with the store as well, and with the files of
# t/store that are no tests themselves; t/fuzz/fuzz_X.c with the pure rooms.
# The proxy, t/chaos/mongo_proxy, is all of t/chaos/*.c and nothing of src;
# t/coherence/redis_proxy takes the streams of that one.
# The simulator, t/sim/sim, is all of t/sim/*.c with pure rooms of its own, in
# which the rules of the protocol have switches.  What benchmarks need, t/bench,
# is a client of its own, and a seeder that is linked with the store.

BUILD ?= release
out = build/tests/$(BUILD)

flags_release = -O2 -g
flags_asan = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
    -fno-sanitize-recover=undefined
flags_fuzz = -O1 -g -fno-omit-frame-pointer \
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined

flags := $(flags_$(BUILD))
ifeq ($(flags),)
$(error BUILD is release, asan or fuzz, not $(BUILD))
endif

# Warnings are errors in `make check`, not here; and cmocka 2 calls deprecated
# what cmocka 1 knows only.
CFLAGS = -std=gnu11 -Wall -Wextra -Wshadow -Wconversion \
    -Wno-unused-parameter -Wno-deprecated-declarations $(flags) -MMD -MP \
    -It/unit/ngx \
    $(addprefix -isystem ,$(shell CC=$(CC) tools/build-libs dirs))
pure_libs = $(shell CC=$(CC) tools/build-libs libs hiredis yajl crypto) \
    -lm -lpthread
store_libs = $(shell CC=$(CC) tools/build-libs libs mongoc)

objects = $(patsubst %.c,$(out)/obj/%.o,$(1))
sources = $(sort $(wildcard $(1)))
included = $(wildcard $(shell sed -n \
    's|^#include "\.\./\.\./\(src/.*\)\.h"$$|\1.c|p' $(1)))
link_flags = $(shell sed -n 's|^/\* link with: \(.*\) \*/$$|\1|p' $(1))
made_of = $(wildcard $(shell sed -n 's|^/\* made of: \(.*\) \*/$$|\1|p' $(1)))
linked = $(filter-out $(pure) $(store),\
    $(sort $(call included,$(1)) $(call made_of,$(1))))
linked_with = $(shell sed -n 's|^/\* link with: \(.*\) \*/$$|\1|p' $(1))

pure := $(call sources,src/base/*.c src/json/*.c src/model/*.c)
store := $(call sources,src/store/*.c)
unit_tests := $(call sources,t/unit/test_*.c)
unit_parts := $(filter-out $(unit_tests),$(call sources,t/unit/*.c))
store_tests := $(call sources,t/store/test_*.c)
store_parts := $(filter-out $(store_tests),$(call sources,t/store/*.c))
fuzz_tests := $(call sources,t/fuzz/fuzz_*.c)

units = $(patsubst %.c,$(out)/%,$(unit_tests))
stores = $(patsubst %.c,$(out)/%,$(store_tests))
fuzzers = $(patsubst %.c,$(out)/%,$(fuzz_tests))

.PHONY: units stores fuzzers proxy redis_proxy sims
.SECONDARY:
units: $(units)
stores: $(stores)
fuzzers: $(fuzzers)
proxy: $(out)/t/chaos/mongo_proxy
redis_proxy: $(out)/t/coherence/redis_proxy
sims: $(out)/t/sim/sim
benches: $(out)/t/bench/client $(out)/t/bench/seed

# $(1) test source, $(2) sources it is linked with, $(3) libraries
define program
$(out)/$(1:.c=): $(call objects,$(1) $(2))
	@mkdir -p $$(@D)
	$$(CC) $$(flags) -o $$@ $$^ $(call link_flags,$(1)) $(3)
endef

$(foreach t,$(unit_tests),$(eval $(call program,$(t),$(unit_parts) \
    $(pure) $(call linked,$(t)),$(call linked_with,$(t)) -lcmocka $$(pure_libs))))
$(foreach t,$(store_tests),$(eval $(call program,$(t),$(store_parts) \
    $(store) $(pure) $(call linked,$(t)),-lcmocka $$(store_libs) $$(pure_libs))))
$(foreach t,$(fuzz_tests),$(eval $(call program,$(t),$(pure) \
    $(call linked,$(t)),-fsanitize=fuzzer $$(pure_libs))))

$(out)/t/chaos/mongo_proxy: $(call objects,$(call sources,t/chaos/*.c))
	@mkdir -p $(@D)
	$(CC) $(flags) -o $@ $^

$(out)/t/coherence/redis_proxy: $(call objects,t/coherence/redis_proxy.c \
    t/chaos/proxy_stream.c t/chaos/proxy_wire.c)
	@mkdir -p $(@D)
	$(CC) $(flags) -o $@ $^

$(out)/t/bench/client: $(call objects,$(call sources,t/bench/client*.c))
	@mkdir -p $(@D)
	$(CC) $(flags) -o $@ $^

$(out)/t/bench/seed: $(call objects,\
    $(call sources,t/bench/seed*.c) $(store) $(pure))
	@mkdir -p $(@D)
	$(CC) $(flags) -o $@ $^ $(store_libs) $(pure_libs)

$(out)/t/plans/page_command: $(call objects,t/plans/page_command.c \
    $(store) $(pure))
	@mkdir -p $(@D)
	$(CC) $(flags) -o $@ $^ $(store_libs) $(pure_libs)

$(out)/t/sim/sim: $(patsubst %.c,$(out)/obj/switches/%.o,\
    $(call sources,t/sim/*.c) $(pure))
	@mkdir -p $(@D)
	$(CC) $(flags) -o $@ $^ $(pure_libs)

$(out)/obj/switches/%.o: %.c tools/build-tests.mk
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DINV_PROTOCOL_SWITCHES -c -o $@ $<

# Changed flags make everything again.
$(out)/obj/%.o: %.c tools/build-tests.mk
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

-include $(shell find $(out)/obj -name '*.d' 2>/dev/null)
