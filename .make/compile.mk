# How sources become objects, the library and programs: libraries that are found, variants, flags, rules.

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
# := asks once; in the flags themselves it would be asked again for every object.
LIBRARY_CPPFLAGS := $(if $(LIBRARIES),$(shell $(PKG_CONFIG) --cflags $(LIBRARIES)))
CPPFLAGS += -Icommon -D_POSIX_C_SOURCE=200809L $(LIBRARY_CPPFLAGS)
# The folder of the build is not in what is built: the same source gives the same bytes.
CFLAGS += -std=c11 -g $(OPTIMIZE) -ffp-contract=off -ffile-prefix-map=$(call quoted,$(CURDIR))=. $(HARDEN) $(WARNINGS) $(WERROR) $(INSTRUMENT)
LDFLAGS += $(INSTRUMENT)
LIB_LDLIBS := $(if $(LIBRARIES),$(shell $(PKG_CONFIG) --libs $(MSGPACK) libfyaml)) -lm
YAJL_LDLIBS := $(if $(LIBRARIES),$(shell $(PKG_CONFIG) --libs yajl))
LDLIBS += $(LIB_LDLIBS) $(YAJL_LDLIBS)

LIBRARY := $(BUILD)/libchiplet-cloud.a
LIB_SOURCES := $(foreach layer,$(LAYERS),$(sort $(wildcard common/$(layer)/*.c)))
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
objects_of = $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard src/$(1)/*.c)))

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

define program_rule
$(BIN)/$(1): $(call objects_of,$(1)) $(LIBRARY)
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	@$$(CC) $$(LDFLAGS) $$(HARDEN_LINK) $$^ $$(LDLIBS) -o $$@
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rule,$(program))))
