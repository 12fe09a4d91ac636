# make fuzz             hostile bytes for every reader, FUZZ_SECONDS=60 each
# make fuzz-coverage    lines of the readers that seeds and corpora reach

# Fuzzing: each target for FUZZ_SECONDS with clang's libFuzzer, from seeds made of real streams and files; what is found is left in
# out/fuzz. In tests the same targets replay the seeds and tests/fuzz/found, in any build.
LOOP_TARGETS := $(PROGRAMS)
FUZZ_TARGETS := stream scanner inputs options $(LOOP_TARGETS)
FUZZ_SECONDS ?= 60
FUZZ_BUILD := .build/fuzz
FUZZ_FLAGS := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# A program's own loop, which the target includes, with the program's other sources.
loop_sources = tests/fuzz/loops/$(1).c tests/fuzz/loop.c $(filter-out src/$(1)/$(1).c,$(wildcard src/$(1)/*.c))
fuzz_sources = $(if $(filter $(1),$(LOOP_TARGETS)),$(loop_sources),tests/fuzz/fuzz_$(1).c) tests/fuzz/memory_file.c \
	$(if $(filter options,$(1)),src/pareto/query.c)
fuzz_linking = $(if $(filter $(1),$(LOOP_TARGETS)),-Wl$(comma)--wrap=exit)
comma := ,
REPLAYS := $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/replay-%)

define fuzz_rules
$(FUZZ_BUILD)/fuzz-$(1): $(call fuzz_sources,$(1)) $(LIB_SOURCES) Makefile .make/fuzz.mk
	@mkdir -p $$(@D)
	@echo "  CC $$@"
	@clang $(CPPFLAGS) -DCC_VERSION='"$(VERSION)"' -std=c11 $(FUZZ_FLAGS) -fsanitize=fuzzer $(call fuzz_linking,$(1)) $(call fuzz_sources,$(1)) $(LIB_SOURCES) $(LDLIBS) -o $$@

$(BUILD)/tests/fuzz/replay-$(1): $(BUILD)/tests/fuzz/replay.o $(patsubst %.c,$(BUILD)/%.o,$(call fuzz_sources,$(1))) $(LIBRARY)
	@$$(CC) $$(LDFLAGS) $(call fuzz_linking,$(1)) $$^ $$(LDLIBS) -o $$@
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_rules,$(target))))

.PHONY: fuzz
fuzz: all $(FUZZ_TARGETS:%=$(FUZZ_BUILD)/fuzz-%)
	@tests/fuzz/seeds $(BIN) $(FUZZ_BUILD)/seeds
	@mkdir -p out/fuzz
	@LSAN_OPTIONS=suppressions=tests/fuzz/leaks.txt:print_suppressions=0 parallel --plain --will-cite --jobs 2 'mkdir -p $(FUZZ_BUILD)/corpus/{} && \
		$(FUZZ_BUILD)/fuzz-{} -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
		-artifact_prefix=out/fuzz/{}- $(FUZZ_BUILD)/corpus/{} $(FUZZ_BUILD)/seeds/{} >out/fuzz/{}.log 2>&1; \
		code=$$?; echo "{}: $$(tail -n 1 out/fuzz/{}.log)"; exit $$code' ::: $(FUZZ_TARGETS)

# Lines of the readers that seeds, found cases and the corpora of make fuzz reach.
.PHONY: fuzz-coverage replays
replays: $(REPLAYS)
fuzz-coverage: all
	@tests/fuzz/seeds $(BIN) $(FUZZ_BUILD)/seeds
	@$(MAKE) --no-print-directory replays COVERAGE=1 CC=gcc BUILD=.build/fuzz-coverage
	@tests/fuzz/coverage .build/fuzz-coverage $(FUZZ_BUILD)/seeds tests/fuzz/found $(FUZZ_BUILD)/corpus
