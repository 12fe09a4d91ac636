# make bench            measure the stages, the study, a plain loop; SECTIONS=

# What the benchmarks compare the streams with: the same work as a loop in one process, from the same library.
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIBRARY)
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

.PHONY: bench
bench:
	@.ci/require run bench
	@$(BUILDING) all $(BENCHES)
	@tests/bench/run $(BIN) $(BUILD)/tests/bench tests/bench/results.csv $(SECTIONS)
