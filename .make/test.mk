# make test-programs    what tests run besides the programs

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIBRARY)
	@$(CC) $(LDFLAGS) $(filter %.o,$^) $(LIBRARY) -lcmocka $(LDLIBS) -o $@

# A program's own sources, where a unit test looks at them.
$(BUILD)/tests/unit/test_frontier: $(patsubst %,$(BUILD)/src/pareto/%.o,frontier sieve member)

# What tests run besides the programs; for some of them, the unit tests of those names.
SOME := $(strip $(T) $(BATS_FILES))
# What make install makes besides, so that no two tests make it at once.
INSTALLED := $(SHARED) $(COMMAND_PAGES)
FOR_SOME := $(foreach name,$(T),$(filter %/$(name) %/test_$(name),$(UNIT_TESTS))) $(if $(filter fuzz,$(SOME)),$(REPLAYS)) \
	$(if $(filter man,$(SOME)),$(MADE_PAGES)) $(if $(filter memcheck,$(SOME)),$(UNIT_TESTS)) \
	$(if $(filter front packaging places,$(SOME)),$(INSTALLED))
.PHONY: test-programs
test-programs: all $(if $(SOME),$(FOR_SOME),$(UNIT_TESTS) $(MADE_PAGES) $(REPLAYS) $(if $(filter plain-gcc,$(notdir $(BUILD))),$(INSTALLED)))
