# make all        build the programs into bin/; this is what make alone does
# make explore    explore a space: HARDWARE= MODEL= SYSTEM=
# make study      the frontiers of several models: HARDWARE= MODELS=
# make report     a page about the latest run of make explore, or RUN=
# make validate   the model against public measurements, constants fitted
# make test       build and run the tests; some by T="streams man"
# make check      the quick tests, in less than a minute
# make test-all   all tests at full length, hosts and batch systems included
# make deps       install what is needed (Debian, Ubuntu)
# make install    everything, into PREFIX=/usr/local; DESTDIR= before it
# make uninstall  take away what make install has put there
# make clean      take away what was built and computed
# make help       list the targets
# Variables: CC=clang  SANITIZE=1 (address and undefined behaviour)  COVERAGE=1  WERROR=-Werror
# More in .make/: compile.mk flags and rules  packaging.mk make deb  lint.mk make lint, coverage  fuzz.mk  bench.mk  manual.mk  test.mk
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
.SECONDARY:

ifeq ($(origin CC),default)
  CC := gcc
endif
PREFIX ?= /usr/local
DESTDIR ?=

# INTERFACE counts up when a program linked against the library would have to be built anew.
VERSION := 0.7.0
INTERFACE := 3
PROGRAMS := chiplet-gen server-pack llm-map tco-eval phase-join portfolio pareto rec2json json2rec rec2csv
# Dependencies point one way: each layer uses only those before it. A layer is a folder without those inside it.
LAYERS := base model model/network model/hardware model/llm model/serving model/search record stream input cli

# A text for the shell, whatever characters are in it.
quoted = '$(subst ','\'',$(1))'

include .make/compile.mk .make/packaging.mk .make/fuzz.mk .make/manual.mk .make/bench.mk .make/lint.mk .make/test.mk

.PHONY: all
all: $(PROGRAMS:%=$(BIN)/%) bin/chiplet-cloud

# The front command is a script, the same in every variant.
bin/chiplet-cloud: pipelines/chiplet-cloud
	@mkdir -p $(@D)
	@ln -sfn ../$< $@

.PHONY: help
help:
	@awk '/^# make [a-z-]+  / { name = $$3; sub(/^# make [a-z-]+ */, ""); printf "make %-15s  %s\n", name, $$0 }' $(MAKEFILE_LIST)

# Builds on all cores, unless -j says on how many.
CORES = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
BUILDING = $(MAKE) --no-print-directory $(CORES)

# tests/run says which tests belong to a suite. BATS_FILES= for some files.
BATS_FILES ?=
T ?=
SUITE ?= test

.PHONY: test test-all check
test test-all check: ready-to-test
	@$(MAKE) --no-print-directory run-tests SUITE=$@

.PHONY: run-tests
run-tests:
	@tests/run --names $(T)
	@$(BUILDING) test-programs
	@CC=$(call quoted,$(CC)) OPTIMIZE=$(call quoted,$(OPTIMIZE)) BIN=$(call quoted,$(abspath $(BIN))) BUILD=$(call quoted,$(abspath $(BUILD))) \
		tests/run --suite $(SUITE) $(BATS_FILES) $(T)

# The main job: make explore HARDWARE=tpuv4 MODEL=palm SYSTEM=tpuv4-palm
HARDWARE ?= chiplet-cloud
MODEL ?= gpt3
SYSTEM ?=

.PHONY: explore
explore: ready
	@$(BUILDING) all
	@BIN=$(call quoted,$(abspath $(BIN))) pipelines/explore $(call quoted,$(HARDWARE)) $(call quoted,$(MODEL)) $(if $(SYSTEM),$(call quoted,$(SYSTEM)))

MODELS ?=

.PHONY: study
study: ready
	@$(BUILDING) all
	@BIN=$(call quoted,$(abspath $(BIN))) pipelines/study $(call quoted,$(HARDWARE)) \
		$(if $(shell test -e $(call quoted,$(MODELS)) && echo file),$(call quoted,$(MODELS)),$(MODELS))

RUN ?=
.PHONY: report
report:
	@.ci/require run report
	@$(BUILDING) all
	@BIN=$(call quoted,$(abspath $(BIN))) pipelines/report $(if $(RUN),$(call quoted,$(RUN)))

# Each table of measurements that is shipped, held against the model; ARGS='--quick' leaves nothing out.
.PHONY: validate calibrate
MEASURED := palm-tpuv4 argonne-tensorrt-llm argonne-vllm fastertransformer tensorrt-llm rocm-vllm splitwise gpt-fast
validate:
	@.ci/require run report fit
	@$(BUILDING) all
	@BIN=$(call quoted,$(abspath $(BIN))) pipelines/validate $(ARGS) $(MEASURED)

# For those who change the model: the same, and the constants that are shipped are fitted anew. Hardware files quote them.
calibrate:
	@$(MAKE) validate ARGS='--quick --keep pipelines/inputs/fitted.csv'

# What is required, in groups: .ci/require has the packages, and how they are found on other systems. Hosts and a batch system
# to split over in tests are servers that Debian starts, so only by make deps.
.PHONY: deps
deps:
	@.ci/require run test cluster report fit browser bench coverage lint distro

.PHONY: ready ready-to-test
ready:
	@.ci/require run
ready-to-test:
	@.ci/require run test report fit

.PHONY: install
install: all $(SHARED) install-library $(COMMAND_PAGES)
	install -d $(TO)/bin $(TO)/share/man/man1 $(TO_SHARE)
	install $(PROGRAMS:%=$(BIN)/%) $(TO)/bin
	install -m 644 $(MAN_PAGES) $(COMMAND_PAGES) $(TO)/share/man/man1
	install -d $(TO)/share/man/man5 $(TO)/share/man/man7
	install -m 644 $(MAN5_PAGES) $(TO)/share/man/man5
	install -m 644 $(MAN7_PAGES) $(TO)/share/man/man7
	rm -rf $(TO_SHARE)/pipelines
	cp -R pipelines $(TO_SHARE)
	rm -rf $(TO_SHARE)/pipelines/reporting/__pycache__
	ln -sf ../share/chiplet-cloud/pipelines/chiplet-cloud $(TO)/bin/chiplet-cloud
	ln -sf ../share/chiplet-cloud/pipelines/explore $(TO)/bin/chiplet-cloud-explore
	ln -sf ../share/chiplet-cloud/pipelines/study $(TO)/bin/chiplet-cloud-study
	install -d $(TO)/share/bash-completion/completions
	install -m 644 common/cli/completion.bash $(TO)/share/bash-completion/completions/chiplet-gen
	for program in $(filter-out chiplet-gen,$(PROGRAMS)) chiplet-cloud; do \
		ln -sf chiplet-gen $(TO)/share/bash-completion/completions/$$program; \
	done

.PHONY: uninstall
uninstall:
	rm -f $(foreach name,$(PROGRAMS) chiplet-cloud chiplet-cloud-explore chiplet-cloud-study,$(TO)/bin/$(name))
	rm -f $(TO_LIB)/libchiplet-cloud.* $(TO_LIB)/pkgconfig/chiplet-cloud.pc
	rm -f $(foreach name,$(PROGRAMS) chiplet-cloud,$(TO)/share/bash-completion/completions/$(name))
	rm -f $(foreach page,$(MAN_PAGES) $(COMMAND_PAGES) $(MAN5_PAGES) $(MAN7_PAGES),$(TO)/share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
	rm -rf $(TO_SHARE) $(TO)/include/chiplet-cloud

.PHONY: clean
clean:
	rm -rf .build out $(PROGRAMS:%=bin/%) bin/chiplet-cloud

-include $(shell find .build -path .build/distro -prune -o -name '*.d' -print 2>/dev/null)
