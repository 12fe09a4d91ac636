# make lint             layers, scripts, format, analysis
# make lint-layers      order of the layers, length of functions
# make analyze          static analysis of the two compilers
# make coverage         the suite with counters: which lines the tests reach
#
# Lines of common/model are reached to at least 98 %, of common and src together to 90 %.

# The scripts in bash among the pipelines.
SCRIPTS = $(shell grep -lE '^\#!/usr/bin/env bash|shellcheck shell=bash' pipelines/* pipelines/lib/* 2>/dev/null)

# cppcheck: it does not know that getopt_long returns what is in the table, so that '?' has been dealt with, nor that a batch in the
# search is held by a place at least.
.PHONY: lint
lint: lint-layers analyze $(COMMAND_PAGES)
	shellcheck -x $(SCRIPTS) common/cli/completion.bash \
		pipelines/examples/fast-answers pipelines/examples/best-by-die tests/pipelines/hosts.bash tests/helper.bash \
		tests/run tests/tools/coverage tests/tools/layers tests/tools/distro tests/tools/session tests/fuzz/seeds tests/fuzz/coverage .ci/run .ci/require
	cppcheck -q --error-exitcode=1 --std=c11 --enable=warning,performance,portability -Icommon -DCC_VERSION='"$(VERSION)"' \
		--suppress=missingIncludeSystem --suppress=negativeIndex:common/cli/options.c \
		--suppress=uninitvar:common/model/search/search.c common src
	pyflakes3 $(shell grep -l '^\#!/usr/bin/env python3' pipelines/* pipelines/examples/* tests/tools/* 2>/dev/null) pipelines/reporting/*.py
	mandoc -T lint -W warning $(MAN_PAGES) $(COMMAND_PAGES) $(MAN5_PAGES) $(MAN7_PAGES)
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
# others; no function is longer than 60 lines; no field is defined in two lists.
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
