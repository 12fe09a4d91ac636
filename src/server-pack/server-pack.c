/* server-pack: chips into packages into servers.
 *
 * Reads: chip. Adds: package, server; id gains .p<package>.s<server>; the schema becomes server. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/run.h"
#include "input/inputs.h"
#include "model/hardware/server.h"
#include "sink_cache.h"

struct options {
    struct cc_shared_options shared;
    const char *hardware;
};

static const struct cc_option option_table[] = {
    {"hardware", "FILE", CC_OPTION_TEXT, true, offsetof(struct options, hardware),
     "hardware whose Package and Server maps are used: YAML, or a name, such as h100", NULL},
    {"constants", "FILE", CC_OPTION_TEXT, false, offsetof(struct options, shared.constants),
     "technology and cost constants: YAML, or a name, such as 7nm (default: those that the hardware file is made for)",
     NULL},
    CC_OPTIONS_CONVENTIONS(struct options),
    CC_OPTIONS_REJECTS(struct options),
    CC_OPTIONS_FORCE(struct options),
    CC_OPTIONS_RUN(struct options),
};

static const struct cc_program program = {
    .name = "server-pack",
    .summary = "Packs chips into packages and servers; writes a server record for each that is realizable.",
    .operands = "[FILE]...",
    .operands_most = SIZE_MAX,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .notes = "Reads: chip. Adds: package, server.\n\n"
             "Example:\n  chiplet-gen --constants 7nm.yaml hw.yaml |\n"
             "    server-pack --constants 7nm.yaml --hardware hw.yaml --stats > servers\n",
};

struct packer {
    struct cc_run run;
    struct cc_constants constants;
    struct cc_tco_rates rates;
    struct cc_conventions conventions;
    struct cc_hardware hardware;
    struct sink_cache *sinks;
    const struct cc_record *record; /* the current chip */
    struct cc_chip chip;
};

enum { ID_SIZE = 320 };

static struct cc_text make_id(const struct packer *p, uint64_t package, const uint64_t *server, char text[ID_SIZE])
{
    int len = snprintf(text, ID_SIZE, "%.*s.p%" PRIu64, CC_TEXT_ARG(p->record->id), package);
    if (server != NULL)
        len += snprintf(text + len, (size_t)(ID_SIZE - len), ".s%" PRIu64, *server);
    return (struct cc_text){text, (size_t)len};
}

/* The chip's record with package and server added; entries of those names that it had are replaced. */
static void write_server(struct packer *p, struct cc_text id, const struct cc_package *package,
                         const struct cc_server *server)
{
    struct cc_writer *writer = p->run.writer;
    struct cc_error error;
    size_t kept = 0;
    for (size_t i = 1; i < p->record->count; i++)
        kept += !cc_text_is(p->record->entry[i].key, "id");
    if (kept + 4 > CC_ENTRIES_MAX) {
        cc_fail(&error, CC_BAD_DATA, "has %zu entries; with package and server it would have more than %d",
                p->record->count, CC_ENTRIES_MAX);
        cc_run_fail_record(&p->run, &error);
    }
    cc_writer_begin(writer, cc_text_of(cc_kind_schema(CC_KIND_SERVER)), kept + 4);
    cc_write_text(writer, "id", id);
    for (size_t i = 1; i < p->record->count; i++)
        if (!cc_text_is(p->record->entry[i].key, "id"))
            cc_write_entry(writer, &p->record->entry[i]);
    if (!cc_write_struct(writer, "package", &cc_package_fields, package, &error) ||
        !cc_write_struct(writer, "server", &cc_server_fields, server, &error))
        cc_run_fail_record(&p->run, &error);
    cc_run_end_record(&p->run);
}

static bool build_server(struct packer *p, const struct cc_package *package, const struct cc_server_input *input,
                         struct cc_server *server, struct cc_reject *reject)
{
    struct cc_heatsink sink;
    if (!cc_server_lane_fits(input, package, &p->constants.server, reject))
        return false;
    if (!sink_cache_get(p->sinks, package->heat_source_mm, input->packages_per_lane, &sink)) {
        struct cc_error error;
        cc_fail_memory(&error);
        cc_run_fail(&p->run, &error);
    }
    return cc_server_build(input, &p->chip, package, &sink, &p->constants, &p->rates, p->conventions, server, reject);
}

static void pack_servers(struct packer *p, uint64_t package_index, const struct cc_package *package)
{
    const uint64_t count = cc_alternatives_count(p->hardware.servers);
    for (uint64_t i = 0; i < count; i++) {
        struct cc_server_input input;
        struct cc_server server;
        struct cc_reject reject;
        char text[ID_SIZE];
        const struct cc_text id = make_id(p, package_index, &i, text);
        cc_alternatives_take(p->hardware.servers, &cc_server_input_fields, i, &input);
        p->run.candidates++;
        if (build_server(p, package, &input, &server, &reject))
            write_server(p, id, package, &server);
        else
            cc_run_reject(&p->run, id, &reject);
    }
}

static void pack_package(struct packer *p, uint64_t index)
{
    struct cc_package_input input;
    struct cc_package package;
    struct cc_reject reject;
    char text[ID_SIZE];
    cc_alternatives_take(p->hardware.packages, &cc_package_input_fields, index, &input);
    const char *lack = cc_package_lacks(&input, &p->chip);
    if (lack != NULL) {
        struct cc_error error;
        cc_fail(&error, CC_BAD_DATA, "Package of %s %s", p->hardware.file.yaml.path, lack);
        cc_run_fail_record(&p->run, &error);
    }
    if (cc_package_build(&input, &p->chip, &p->constants, &package, &reject)) {
        pack_servers(p, index, &package);
        return;
    }
    p->run.candidates++;
    cc_run_reject(&p->run, make_id(p, index, NULL, text), &reject);
}

static void pack_chip(struct packer *p, const struct cc_record *record)
{
    struct cc_error error;
    p->record = record;
    if (record->kind != CC_KIND_CHIP) {
        cc_fail(&error, CC_BAD_DATA, "schema is %.*s, expected %s", CC_TEXT_ARG(record->schema),
                cc_kind_schema(CC_KIND_CHIP));
        cc_run_fail_record(&p->run, &error);
    }
    if (record->id.len == 0 || record->id.len > 200) {
        cc_fail(&error, CC_BAD_DATA, "id: expected a text of 1 to 200 bytes");
        cc_run_fail_record(&p->run, &error);
    }
    if (!cc_decode_entry(record, "chip", &cc_chip_fields, &p->chip, &error))
        cc_run_fail_record(&p->run, &error);
    const uint64_t packages = cc_alternatives_count(p->hardware.packages);
    for (uint64_t i = 0; i < packages; i++)
        pack_package(p, i);
}

int main(int argc, char **argv)
{
    struct options options = {.shared.conventions = cc_conventions_corrected()};
    struct cc_operands operands;
    struct cc_error error;
    struct packer packer;
    struct cc_record record;
    cc_options_parse(&program, argc, argv, &options, &operands);
    cc_run_open(&packer.run, &program, &options.shared, &operands);
    if (!cc_hardware_open(&packer.hardware, options.hardware, &error) ||
        !cc_constants_for(&packer.constants, &packer.hardware, options.shared.constants, &error))
        cc_run_fail(&packer.run, &error);
    packer.conventions = options.shared.conventions;
    packer.rates = cc_tco_rates_of(&packer.constants, packer.conventions);
    packer.sinks = sink_cache_new(cc_heatsink_prices_of(&packer.constants.server));
    if (packer.sinks == NULL) {
        cc_fail_memory(&error);
        cc_run_fail(&packer.run, &error);
    }
    while (cc_run_next(&packer.run, &record))
        pack_chip(&packer, &record);
    sink_cache_free(packer.sinks);
    cc_input_close(&packer.hardware.file);
    return cc_run_finish(&packer.run);
}
