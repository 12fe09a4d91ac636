# make          build the programs into bin/
# make test     build, and run the tests: T=streams, T="streams hf_config" for some
# make check    the quick ones among them, in less than a minute
# make test-all the tests with faults by the thousand, everything under valgrind, hosts and batch systems
# make explore  explore hardware and software; HARDWARE=tpuv4 MODEL=palm SYSTEM=tpuv4-palm for others
# make study    the servers of HARDWARE, the frontier of each of the models MODELS (the eight of the Chiplet Cloud paper)
# make report   a page with pictures about the latest run of make explore (RUN=out/... for another)
# make bench    measure: every stage, the study, and the same work as a loop in one process; tests/bench/results.csv (SECTIONS= some)
# make manual   the generated parts of the manual pages, from the tables of fields
# make fuzz     hostile bytes for every reader, FUZZ_SECONDS=60 for each
# make fuzz-coverage  lines of the readers that seeds and corpora reach
# make deps     install what is needed (Debian, Ubuntu)
# make install  PREFIX=/usr/local DESTDIR=   programs, library, pages, pipelines; make uninstall takes them away
# make deb      a Debian package, in out/
# make lint     layers, length of functions, shell scripts, format, static analysis
# make coverage the suite with counters: lines of common/model at least 98 %, of common and src together 90 %
# Variables: CC=clang  SANITIZE=1 (address and undefined behaviour)  COVERAGE=1  WERROR=-Werror
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
PROGRAMS := chiplet-gen server-pack llm-map tco-eval pareto rec2json json2rec rec2csv
# Dependencies point one way: each layer uses only those before it. A layer is a folder without those inside it.
LAYERS := base model model/network model/hardware model/llm model/serving model/search record stream input cli

# A text for the shell, whatever characters are in it.
quoted = '$(subst ','\'',$(1))'

# msgpack-c has had three names. What is not found here is looked for again by the make that `ready` is followed by.
PKG_CONFIG ?= pkg-config
MSGPACK := $(shell for name in msgpack-c msgpackc msgpack; do if $(PKG_CONFIG) --exists $$name; then echo $$name; break; fi; done 2>/dev/null)
LIBRARIES := $(if $(MSGPACK),$(shell $(PKG_CONFIG) --exists libfyaml yajl 2>/dev/null && echo $(MSGPACK) libfyaml yajl))
# The first compilation and one without libraries are preceded by a look at what is missing.
FOUND = $(if $(LIBRARIES),$(if $(wildcard $(BUILD)),,found),found)

# Variants never mix: each has its own object folder and its own programs.
VARIANT := plain
OPTIMIZE ?= -O3
# Where memory is overrun all the same, the program ends; tables of functions and the like are read-only.
HARDEN := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
HARDEN_LINK := -pie -Wl,-z,relro,-z,now
ifdef SANITIZE
  VARIANT := sanitize
  HARDEN :=
  HARDEN_LINK :=
  OPTIMIZE := -O1
  INSTRUMENT := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifdef COVERAGE
  VARIANT := coverage
  HARDEN :=
  HARDEN_LINK :=
  OPTIMIZE := -O0
  INSTRUMENT := --coverage
endif
BUILD := .build/$(VARIANT)-$(notdir $(firstword $(CC)))
BIN := $(if $(filter plain,$(VARIANT)),bin,$(BUILD)/bin)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla
WERROR ?=
CPPFLAGS += -Icommon -D_POSIX_C_SOURCE=200809L $(if $(LIBRARIES),$(shell $(PKG_CONFIG) --cflags $(LIBRARIES)))
# The folder of the build is not in what is built: the same source gives the same bytes.
CFLAGS += -std=c11 -g $(OPTIMIZE) -ffp-contract=off -ffile-prefix-map=$(call quoted,$(CURDIR))=. $(HARDEN) $(WARNINGS) $(WERROR) $(INSTRUMENT)
LDFLAGS += $(INSTRUMENT)
LIB_LDLIBS := $(if $(LIBRARIES),$(shell $(PKG_CONFIG) --libs $(MSGPACK) libfyaml)) -lm
LDLIBS += $(LIB_LDLIBS) $(if $(LIBRARIES),$(shell $(PKG_CONFIG) --libs yajl))

LIBRARY := $(BUILD)/libchiplet-cloud.a
LIB_SOURCES := $(foreach layer,$(LAYERS),$(sort $(wildcard common/$(layer)/*.c)))
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
objects_of = $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard src/$(1)/*.c)))

.PHONY: all
all: $(PROGRAMS:%=$(BIN)/%)

# Says what is missing, and stops.
.PHONY: found
found:
	@test ! -x .ci/require || .ci/require --check run

# The version stands in one object.
$(BUILD)/common/cli/options.o: CPPFLAGS += -DCC_VERSION='"$(VERSION)"'
$(BUILD)/common/cli/options.o: Makefile

$(BUILD)/%.o: %.c | $(FOUND)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(LIB_OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

# The library for programs of others: position-independent, with the version of its interface in its name.
SHARED := $(BUILD)/libchiplet-cloud.so.$(VERSION)
PIC_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/pic/%.o)

$(BUILD)/pic/common/cli/options.o: CPPFLAGS += -DCC_VERSION='"$(VERSION)"'
$(BUILD)/pic/%.o: %.c | $(FOUND)
	@mkdir -p $(@D)
	@echo "  CC -fPIC $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c $< -o $@

$(SHARED): $(PIC_OBJECTS)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS) -shared -Wl,-z,relro,-z,now -Wl,-soname,libchiplet-cloud.so.$(INTERFACE) $^ $(LIB_LDLIBS) -o $@

define program_rule
$(BIN)/$(1): $(call objects_of,$(1)) $(LIBRARY)
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	@$$(CC) $$(LDFLAGS) $$(HARDEN_LINK) $$^ $$(LDLIBS) -o $$@
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rule,$(program))))

# Tests: unit tests of the library, then bats over the programs; tests/run says which of them when. BATS_FILES= for some files.
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
BATS_FILES ?=
T ?=

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(LIBRARY)
	@$(CC) $(LDFLAGS) $^ -lcmocka $(LDLIBS) -o $@

# Fuzzing: each target for FUZZ_SECONDS with clang's libFuzzer, from seeds made of real streams and files; what is found is left in
# out/fuzz. In tests the same targets replay the seeds and tests/fuzz/found, in any build.
LOOP_TARGETS := $(PROGRAMS)
FUZZ_TARGETS := stream inputs options $(LOOP_TARGETS)
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
$(FUZZ_BUILD)/fuzz-$(1): $(call fuzz_sources,$(1)) $(LIB_SOURCES) Makefile
	@mkdir -p $$(@D)
	@echo "  CC $$@"
	@clang $(CPPFLAGS) -DCC_VERSION='"$(VERSION)"' -std=c11 $(FUZZ_FLAGS) -fsanitize=fuzzer $(call fuzz_linking,$(1)) $(call fuzz_sources,$(1)) $(LIB_SOURCES) $(LDLIBS) -o $$@

$(BUILD)/tests/fuzz/replay-$(1): $(BUILD)/tests/fuzz/replay.o $(patsubst %.c,$(BUILD)/%.o,$(call fuzz_sources,$(1))) $(LIBRARY)
	@$$(CC) $$(LDFLAGS) $(call fuzz_linking,$(1)) $$^ $$(LDLIBS) -o $$@
endef
$(foreach target,$(FUZZ_TARGETS),$(eval $(call fuzz_rules,$(target))))

MADE_PAGES := $(BUILD)/common/man/fill-page

# What tests run besides the programs; for some of them, the unit tests of those names.
SOME := $(strip $(T) $(BATS_FILES))
.PHONY: test-programs
test-programs: all $(if $(SOME),$(foreach name,$(T),$(filter %/$(name) %/test_$(name),$(UNIT_TESTS))),$(UNIT_TESTS) $(MADE_PAGES) $(REPLAYS)) \
	$(if $(filter fuzz,$(SOME)),$(REPLAYS)) $(if $(filter man,$(SOME)),$(MADE_PAGES)) $(if $(filter memcheck,$(SOME)),$(UNIT_TESTS))

# Builds on all cores, unless -j says on how many.
CORES = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 2))
BUILDING = $(MAKE) --no-print-directory $(CORES)

.PHONY: test test-all check
test test-all check: ready-to-test
	@$(MAKE) --no-print-directory run-tests SUITE=$@

SUITE ?= test

.PHONY: run-tests
run-tests:
	@tests/run --names $(T)
	@$(BUILDING) test-programs
	@CC=$(call quoted,$(CC)) BIN=$(call quoted,$(abspath $(BIN))) BUILD=$(call quoted,$(abspath $(BUILD))) \
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

RUN ?=

.PHONY: report
report:
	@.ci/require run report
	@$(BUILDING) all
	@BIN=$(call quoted,$(abspath $(BIN))) pipelines/report $(if $(RUN),$(call quoted,$(RUN)))

# What the benchmarks compare the streams with: the same work as a loop in one process, from the same library.
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIBRARY)
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

.PHONY: bench
bench:
	@.ci/require run bench
	@$(BUILDING) all $(BENCHES)
	@tests/bench/run $(BIN) $(BUILD)/tests/bench tests/bench/results.csv $(SECTIONS)

# What is required, in groups: .ci/require has the packages, and how they are found on other systems. Hosts and a batch system
# to split over in tests are servers that Debian starts, so only by make deps.
.PHONY: deps
deps:
	@.ci/require run test cluster report bench coverage lint distro

.PHONY: ready ready-to-test
ready:
	@.ci/require run
ready-to-test:
	@.ci/require run test report

# Pipelines find their inputs beside them, and the programs in ../../bin of where they are installed.
MAN_PAGES := $(foreach program,$(PROGRAMS),src/$(program)/$(program).1)
MAN5_PAGES := $(wildcard common/man/*.5)
MAN7_PAGES := $(wildcard common/man/*.7)
SHARE := $(PREFIX)/share/chiplet-cloud

# Pages made from tables of fields, kept so that they can be read before anything is built.
$(BUILD)/common/man/fill-page: $(patsubst %,$(BUILD)/common/man/%.o,fill-page page constants-table) $(LIBRARY)
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

.PHONY: manual
manual: $(MADE_PAGES)
	for page in common/man/*.in; do $(MADE_PAGES) $$page >$${page%.in} || exit 1; done
	for page in common/man/chiplet-cloud-model.7 src/llm-map/llm-map.1 src/tco-eval/tco-eval.1; do \
		$(MADE_PAGES) $$page >$(BUILD)/common/man/page && cp $(BUILD)/common/man/page $$page || exit 1; \
	done

# DESTDIR is put before everything; paths inside what is installed are without it.
LIBDIR ?= $(PREFIX)/lib
# Where files go, for the shell.
TO = $(call quoted,$(DESTDIR)$(PREFIX))
TO_LIB = $(call quoted,$(DESTDIR)$(LIBDIR))
TO_SHARE = $(call quoted,$(DESTDIR)$(SHARE))

.PHONY: install
install: all $(SHARED) install-library
	install -d $(TO)/bin $(TO)/share/man/man1 $(TO_SHARE)
	install $(PROGRAMS:%=$(BIN)/%) $(TO)/bin
	install -m 644 $(MAN_PAGES) $(TO)/share/man/man1
	install -d $(TO)/share/man/man5 $(TO)/share/man/man7
	install -m 644 $(MAN5_PAGES) $(TO)/share/man/man5
	install -m 644 $(MAN7_PAGES) $(TO)/share/man/man7
	rm -rf $(TO_SHARE)/pipelines
	cp -R pipelines $(TO_SHARE)
	rm -rf $(TO_SHARE)/pipelines/reporting/__pycache__
	ln -sf ../share/chiplet-cloud/pipelines/explore $(TO)/bin/chiplet-cloud-explore
	ln -sf ../share/chiplet-cloud/pipelines/study $(TO)/bin/chiplet-cloud-study
	install -d $(TO)/share/bash-completion/completions
	install -m 644 common/cli/completion.bash $(TO)/share/bash-completion/completions/chiplet-gen
	for program in $(filter-out chiplet-gen,$(PROGRAMS)); do \
		ln -sf chiplet-gen $(TO)/share/bash-completion/completions/$$program; \
	done

# A program that is compiled by chiplet-cloud.pc finds msgpack-c under the name that it has on this machine.
.PHONY: install-library
install-library: $(LIBRARY) $(SHARED)
	install -d $(TO_LIB)/pkgconfig
	rm -rf $(TO)/include/chiplet-cloud
	for layer in $(LAYERS); do \
		install -d $(TO)/include/chiplet-cloud/$$layer; \
		install -m 644 common/$$layer/*.h $(TO)/include/chiplet-cloud/$$layer; \
	done
	install -m 644 $(LIBRARY) $(TO_LIB)
	install -m 644 $(SHARED) $(TO_LIB)
	ln -sf $(notdir $(SHARED)) $(TO_LIB)/libchiplet-cloud.so.$(INTERFACE)
	ln -sf libchiplet-cloud.so.$(INTERFACE) $(TO_LIB)/libchiplet-cloud.so
	printf '%s\n' prefix=$(call quoted,$(PREFIX)) libdir=$(call quoted,$(LIBDIR)) '' 'Name: chiplet-cloud' \
		'Description: Records, equations and options of the Chiplet Cloud programs' 'Version: $(VERSION)' \
		'Requires: $(MSGPACK) libfyaml' 'Cflags: -I"$${prefix}/include/chiplet-cloud"' \
		'Libs: -L"$${libdir}" -lchiplet-cloud' 'Libs.private: -lm' >$(TO_LIB)/pkgconfig/chiplet-cloud.pc

.PHONY: uninstall
uninstall:
	rm -f $(foreach name,$(PROGRAMS) chiplet-cloud-explore chiplet-cloud-study,$(TO)/bin/$(name))
	rm -f $(TO_LIB)/libchiplet-cloud.* $(TO_LIB)/pkgconfig/chiplet-cloud.pc
	rm -f $(foreach name,$(PROGRAMS),$(TO)/share/bash-completion/completions/$(name))
	rm -f $(foreach page,$(MAN_PAGES) $(MAN5_PAGES) $(MAN7_PAGES),$(TO)/share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
	rm -rf $(TO_SHARE) $(TO)/include/chiplet-cloud

# A Debian package of everything, left in out/. Its date is that of the commit, so that the same source gives the same bytes.
DEB_ROOT := $(BUILD)/deb/root
DEB_ARCH = $(shell dpkg --print-architecture)
DEB_LIBDIR = /usr/lib/$(shell $(CC) -print-multiarch)
DEB = out/chiplet-cloud_$(VERSION)_$(DEB_ARCH).deb
MAINTAINER ?= Chiplet Cloud <chiplet-cloud@localhost>
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)

.PHONY: deb
deb: all
	@.ci/require deb
	rm -rf $(BUILD)/deb
	@$(MAKE) --no-print-directory install DESTDIR=$(call quoted,$(abspath $(DEB_ROOT))) PREFIX=/usr LIBDIR=$(DEB_LIBDIR) >/dev/null
	gzip -9n $(DEB_ROOT)/usr/share/man/man*/*
	strip --strip-unneeded $(PROGRAMS:%=$(DEB_ROOT)/usr/bin/%) $(DEB_ROOT)$(DEB_LIBDIR)/$(notdir $(SHARED))
	strip --strip-debug --enable-deterministic-archives $(DEB_ROOT)$(DEB_LIBDIR)/libchiplet-cloud.a
	mkdir -p $(DEB_ROOT)/DEBIAN $(BUILD)/deb/debian out
	printf 'Source: chiplet-cloud\n\nPackage: chiplet-cloud\nArchitecture: any\n' >$(BUILD)/deb/debian/control
	cd $(BUILD)/deb && dpkg-shlibdeps -O $(PROGRAMS:%=root/usr/bin/%) root$(DEB_LIBDIR)/$(notdir $(SHARED)) >depends
	printf '%s\n' 'Package: chiplet-cloud' 'Version: $(VERSION)' 'Architecture: $(DEB_ARCH)' 'Section: science' \
		'Priority: optional' 'Maintainer: $(MAINTAINER)' \
		"Depends: $$(sed 's/^shlibs:Depends=//' $(BUILD)/deb/depends), parallel, python3" \
		'Recommends: jq, python3-msgpack, openssh-client, gnuplot-nox, fonts-dejavu-core' "Suggests: $$(dpkg-query -S $$($(PKG_CONFIG) --variable=pcfiledir $(MSGPACK))/$(MSGPACK).pc | cut -d : -f 1), libfyaml-dev, slurm-client" \
		"Installed-Size: $$(du -ks $(DEB_ROOT)/usr | cut -f 1)" \
		'Description: design of AI supercomputers out of chiplets' \
		' Filters over streams of records that enumerate chips, packages and servers,' \
		' map a language model onto each, reckon the total cost of ownership per token,' \
		' and keep the Pareto frontier.' >$(DEB_ROOT)/DEBIAN/control
	printf '%s\n' 'activate-noawait ldconfig' >$(DEB_ROOT)/DEBIAN/triggers
	cd $(DEB_ROOT) && find usr -type f | LC_ALL=C sort | xargs md5sum >DEBIAN/md5sums
	find $(DEB_ROOT) -exec touch -h -d @$(SOURCE_DATE_EPOCH) {} +
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) dpkg-deb --root-owner-group --build $(DEB_ROOT) $(DEB)

# The scripts in bash among the pipelines.
SCRIPTS = $(shell grep -lE '^\#!/usr/bin/env bash|shellcheck shell=bash' pipelines/* 2>/dev/null)

# cppcheck: it does not know that getopt_long returns what is in the table, so that '?' has been dealt with.
.PHONY: lint
lint: lint-layers analyze
	shellcheck -x $(SCRIPTS) common/cli/completion.bash \
		pipelines/examples/fast-answers pipelines/examples/best-by-die tests/hosts.bash tests/helper.bash \
		tests/run tests/tools/coverage tests/tools/layers tests/tools/distro tests/fuzz/seeds tests/fuzz/coverage .ci/run .ci/require
	cppcheck -q --error-exitcode=1 --std=c11 --enable=warning,performance,portability -Icommon -DCC_VERSION='"$(VERSION)"' \
		--suppress=missingIncludeSystem --suppress=negativeIndex:common/cli/options.c common src
	pyflakes3 $(shell grep -l '^\#!/usr/bin/env python3' pipelines/* pipelines/examples/* tests/tools/* 2>/dev/null) pipelines/reporting/*.py
	mandoc -T lint -W warning $(MAN_PAGES) $(MAN5_PAGES) $(MAN7_PAGES)
	clang-format --dry-run --Werror $(shell find src common tests pipelines -name '*.c')

# Analyzers of the two compilers. .clang-tidy lists what is left out and why. gcc 12 does not see what msgpack-c's unpacker keeps in
# the scanner, nor what a frontier's list keeps: no leaks by it for those two files, which the sanitizers and valgrind look after.
ANALYZED := $(LIB_SOURCES) $(wildcard common/man/*.c src/*/*.c)

.PHONY: analyze
analyze:
	@printf '%s\n' $(ANALYZED) | xargs -P 2 -n 8 sh -c 'clang-tidy --quiet "$$@" -- $(CPPFLAGS) -std=c11 -DCC_VERSION=\"$(VERSION)\" 2>/dev/null' -
	@for file in $(ANALYZED); do \
		case $$file in */tape.c | */frontier.c) leaks=-Wno-analyzer-malloc-leak ;; *) leaks= ;; esac; \
		gcc $(CPPFLAGS) -std=c11 -O1 -Werror -fanalyzer $$leaks -DCC_VERSION='"$(VERSION)"' -c $$file -o /dev/null || exit 1; \
	done

# Layers: a source or header of a layer includes only its own layer and those before it; no header includes itself by way of
# others; no function is longer than 60 lines.
.PHONY: lint-layers
lint-layers:
	@tests/tools/layers $(LAYERS)

# Runs the suite with counters in objects of its own, from nought.
.PHONY: coverage
coverage:
	@.ci/require run test report coverage
	@find .build -path .build/distro -prune -o -name '*.gcda' -exec rm -f {} + 2>/dev/null; true
	@$(MAKE) --no-print-directory run-tests COVERAGE=1
	@tests/tools/coverage .build/coverage-$(notdir $(firstword $(CC)))

.PHONY: clean
clean:
	rm -rf .build out $(PROGRAMS:%=bin/%)

-include $(shell find .build -path .build/distro -prune -o -name '*.d' -print 2>/dev/null)
