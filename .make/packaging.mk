# make install-library  the library and its headers; part of make install
# make deb              a Debian package of everything, in out/

MAN_PAGES := $(foreach program,$(PROGRAMS),src/$(program)/$(program).1)
MAN5_PAGES := $(wildcard common/man/*.5)
MAN7_PAGES := $(wildcard common/man/*.7)

# Pipelines find their inputs beside them, and the programs in ../../bin of where they are installed.
SHARE := $(PREFIX)/share/chiplet-cloud
# DESTDIR is put before everything; paths inside what is installed are without it.
LIBDIR ?= $(PREFIX)/lib
# Where files go, for the shell.
TO = $(call quoted,$(DESTDIR)$(PREFIX))
TO_LIB = $(call quoted,$(DESTDIR)$(LIBDIR))
TO_SHARE = $(call quoted,$(DESTDIR)$(SHARE))

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
		'Recommends: jq, python3-msgpack, python3-scipy, openssh-client, gnuplot-nox, fonts-dejavu-core, libjs-chart.js, libjs-jquery, libjs-jquery-datatables' "Suggests: $$(dpkg-query -S $$($(PKG_CONFIG) --variable=pcfiledir $(MSGPACK))/$(MSGPACK).pc | cut -d : -f 1), libfyaml-dev, slurm-client" \
		"Installed-Size: $$(du -ks $(DEB_ROOT)/usr | cut -f 1)" \
		'Description: design of AI supercomputers out of chiplets' \
		' Filters over streams of records that enumerate chips, packages and servers,' \
		' map a language model onto each, compute the total cost of ownership per token,' \
		' and keep the Pareto frontier.' >$(DEB_ROOT)/DEBIAN/control
	printf '%s\n' 'activate-noawait ldconfig' >$(DEB_ROOT)/DEBIAN/triggers
	printf '%s\n' '#!/bin/sh' '# what Python has compiled' \
		'find "$$DPKG_ROOT/usr/share/chiplet-cloud" -name __pycache__ -prune -exec rm -rf {} +' >$(DEB_ROOT)/DEBIAN/prerm
	chmod 755 $(DEB_ROOT)/DEBIAN/prerm
	cd $(DEB_ROOT) && find usr -type f | LC_ALL=C sort | xargs md5sum >DEBIAN/md5sums
	find $(DEB_ROOT) -exec touch -h -d @$(SOURCE_DATE_EPOCH) {} +
	SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) dpkg-deb --root-owner-group --build $(DEB_ROOT) $(DEB)
