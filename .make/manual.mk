# make manual           generated parts of the pages, from tables of fields
# make gallery          the pictures of the README, of a run of their own

MADE_PAGES := $(BUILD)/common/man/fill-page

# Pages made from tables of fields, kept so that they can be read before anything is built.
$(BUILD)/common/man/fill-page: $(patsubst %,$(BUILD)/common/man/%.o,fill-page page constants-table) $(LIBRARY)
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

.PHONY: manual
manual: $(MADE_PAGES)
	for page in common/man/*.in pipelines/lib/*.in; do $(MADE_PAGES) $$page >$${page%.in} || exit 1; done
	for page in common/man/chiplet-cloud-model.7 src/llm-map/llm-map.1 src/tco-eval/tco-eval.1 src/pareto/pareto.1 src/portfolio/portfolio.1 src/phase-join/phase-join.1; do \
		$(MADE_PAGES) $$page >$(BUILD)/common/man/page && cp $(BUILD)/common/man/page $$page || exit 1; \
	done

# Of real runs, by a browser; reviewed as a diff.
.PHONY: gallery
gallery: all
	@.ci/require run report browser
	rm -rf $(BUILD)/gallery && mkdir -p $(BUILD)/gallery
	cd $(BUILD)/gallery && BIN=$(abspath $(BIN)) && export BIN && \
		$(CURDIR)/pipelines/explore chiplet-cloud gpt3 >/dev/null && \
		$(CURDIR)/pipelines/report out/chiplet-cloud-gpt3 && \
		$(CURDIR)/pipelines/sensitivity tornado out/chiplet-cloud-gpt3
	/usr/bin/python3 tests/tools/browser gallery $(BUILD)/gallery/out/chiplet-cloud-gpt3 .github/gallery

# The page of a command is made from its --help.
COMMANDS := $(filter-out chiplet-cloud,$(notdir $(wildcard pipelines/lib/commands/*)))
COMMAND_PAGES := $(foreach page,chiplet-cloud $(COMMANDS:%=chiplet-cloud-%),$(BUILD)/man/$(page).1)

$(COMMAND_PAGES): .make/command-page.awk $(wildcard pipelines/lib/* pipelines/lib/commands/*)
	@mkdir -p $(@D)
	@help=$$(pipelines/lib/help $(patsubst chiplet-cloud-%,%,$(basename $(@F)))) && \
		printf '%s\n' "$$help" | awk -v page=$(basename $(@F)) -f $< >$@
