# make          build the programs into bin/
# make test     build and run every test
# make explore  explore hardware and software; HARDWARE=tpuv4 MODEL=palm SYSTEM=tpuv4-palm for others
# make deps     install what is needed (Debian, Ubuntu)
# make install  PREFIX=/usr/local DESTDIR=
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

ifeq ($(origin CC),default)
  CC := gcc
endif
PREFIX ?= /usr/local
DESTDIR ?=

PROGRAMS := chiplet-gen server-pack llm-map tco-eval pareto rec2json json2rec rec2csv
# Dependencies point one way: each layer uses only those before it.
LAYERS := base model record stream spec cli

# Variants never mix: each has its own object folder and its own programs.
VARIANT := plain
OPTIMIZE ?= -O2
ifdef SANITIZE
  VARIANT := sanitize
  OPTIMIZE := -O1
  INSTRUMENT := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifdef COVERAGE
  VARIANT := coverage
  OPTIMIZE := -O0
  INSTRUMENT := --coverage
endif
BUILD := .build/$(VARIANT)-$(notdir $(firstword $(CC)))
BIN := $(if $(filter plain,$(VARIANT)),bin,$(BUILD)/bin)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla
WERROR ?=
CPPFLAGS += -Icommon -D_POSIX_C_SOURCE=200809L
CFLAGS += -std=c11 -g $(OPTIMIZE) -ffp-contract=off $(WARNINGS) $(WERROR) $(INSTRUMENT)
LDFLAGS += $(INSTRUMENT)
LDLIBS += -lmsgpackc -lfyaml -lyajl -lm

LIBRARY := $(BUILD)/libchiplet-cloud.a
LIB_SOURCES := $(foreach layer,$(LAYERS),$(sort $(wildcard common/$(layer)/*.c)))
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
objects_of = $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard src/$(1)/*.c)))

.PHONY: all
all: $(PROGRAMS:%=$(BIN)/%)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(LIB_OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

define program_rule
$(BIN)/$(1): $(call objects_of,$(1)) $(LIBRARY)
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	@$$(CC) $$(LDFLAGS) $$^ $$(LDLIBS) -o $$@
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rule,$(program))))

.PHONY: clean
clean:
	rm -rf .build out $(PROGRAMS:%=bin/%)

-include $(shell find .build -name '*.d' 2>/dev/null)
