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
     "hardware whose maps Package and Server are used: a file (YAML) or a name, such as h100", NULL},
    {"constants", "FILE", CC_OPTION_TEXT, false, offsetof(struct options, shared.constants),
     "technology and cost constants: a file (YAML) or a name, such as 7nm (default: those that the hardware file "
     "names)",
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

enum { ID_SIZE = 320, INPUTS_KEPT = 1024 };

/* The first alternatives of Server, the same for each package, each with the sink it had last: chips of one area follow
 * each other. */
struct alternative {
    struct cc_server_input input;
    double side_mm; /* of the heat source; 0: no sink yet */
    struct cc_heatsink sink;
};

struct packer {
    struct cc_run run;
    struct cc_constants constants;
    struct cc_tco_rates rates;
    struct cc_conventions conventions;
    struct cc_hardware hardware;
    struct sink_cache *sinks;
    struct alternative alternatives[INPUTS_KEPT];
    const struct cc_record *record; /* the current chip */
    struct cc_chip chip;
    struct cc_decoded of_chip;
    char id[ID_SIZE]; /* of the package, and behind it of the server */
    size_t id_len;    /* of the package */
    /* what the servers of a package share, encoded when the first of them is written: the chip's entries, then the
     * package */
    msgpack_sbuffer shared;
    size_t shared_chip; /* bytes of the chip's entries; 0 until they are there */
    size_t shared_entries;
};

static void name_package(struct packer *p, uint64_t package)
{
    p->id_len = (size_t)snprintf(p->id, ID_SIZE, "%.*s.p%" PRIu64, CC_TEXT_ARG(p->record->id), package);
}

/* The id of a server of the package: c1021.p0.s4. */
static struct cc_text name_server(struct packer *p, uint64_t server)
{
    char digits[20], *at = digits + sizeof digits;
    size_t len = p->id_len;
    do
        *--at = (char)('0' + server % 10);
    while ((server /= 10) > 0);
    p->id[len++] = '.';
    p->id[len++] = 's';
    memcpy(p->id + len, at, (size_t)(digits + sizeof digits - at));
    return (struct cc_text){p->id, len + (size_t)(digits + sizeof digits - at)};
}

static _Noreturn void fail_memory(struct packer *p)
{
    struct cc_error error;
    cc_fail_memory(&error);
    cc_run_fail(&p->run, &error);
}

static int append_shared(void *data, const char *bytes, size_t len)
{
    struct packer *p = data;
    if (len > 0 && msgpack_sbuffer_write(&p->shared, bytes, len) != 0)
        fail_memory(p);
    return 0;
}

/* The chip's entries besides its id. */
static void share_chip(struct packer *p, msgpack_packer *packer)
{
    p->shared_entries = 0;
    for (size_t i = 1; i < p->record->count; i++) {
        const struct cc_entry *entry = &p->record->entry[i];
        if (cc_text_is(entry->key, "id"))
            continue;
        cc_pack_text(packer, entry->key);
        append_shared(p, entry->bytes.s, entry->bytes.len);
        p->shared_entries++;
    }
    if (p->shared_entries + 4 > CC_ENTRIES_MAX) {
        struct cc_error error;
        cc_fail(&error, CC_BAD_DATA, "has %zu entries; with package and server there would be more than %d, the limit",
                p->record->count, CC_ENTRIES_MAX);
        cc_run_fail_record(&p->run, &error);
    }
    p->shared_chip = p->shared.size;
}

/* Encodes what the servers of the package share, if it is not there yet. */
static void share(struct packer *p, const struct cc_package *package)
{
    struct cc_error error;
    msgpack_packer packer;
    if (p->shared.size > p->shared_chip)
        return;
    msgpack_packer_init(&packer, p, append_shared);
    if (p->shared_chip == 0)
        share_chip(p, &packer);
    if (!cc_pack_struct(&packer, "package", &cc_package_fields, package, &error))
        cc_run_fail_record(&p->run, &error);
}

/* The chip's record with package and server added; its id is replaced. */
static void write_server(struct packer *p, struct cc_text id, const struct cc_package *package,
                         const struct cc_server *server)
{
    struct cc_writer *writer = p->run.writer;
    struct cc_error error;
    share(p, package);
    cc_writer_begin(writer, cc_text_of(cc_kind_schema(CC_KIND_SERVER)), p->shared_entries + 4);
    cc_write_text(writer, "id", id);
    cc_pack_raw(writer, (struct cc_text){p->shared.data, p->shared.size});
    if (!cc_write_struct(writer, "server", &cc_server_fields, server, &error))
        cc_run_fail_record(&p->run, &error);
    cc_run_end_record(&p->run);
}

static bool build_server(struct packer *p, const struct cc_package *package, struct alternative *alternative,
                         struct cc_server *server, struct cc_reject *reject)
{
    const struct cc_server_input *input = &alternative->input;
    if (!cc_server_lane_fits(input, package, &p->constants.server, reject))
        return false;
    if (alternative->side_mm != package->heat_source_mm) {
        alternative->side_mm = package->heat_source_mm;
        if (!sink_cache_get(p->sinks, package->heat_source_mm, input->packages_per_lane, &alternative->sink))
            fail_memory(p);
    }
    return cc_server_build(input, &p->chip, package, &alternative->sink, &p->constants, &p->rates, p->conventions,
                           server, reject);
}

static void pack_servers(struct packer *p, const struct cc_package *package)
{
    static const struct cc_text unnamed = {"", 0}; /* of which no record is written */
    const uint64_t count = cc_alternatives_count(p->hardware.servers);
    p->shared.size = p->shared_chip;
    for (uint64_t i = 0; i < count; i++) {
        struct alternative further = {.side_mm = 0};
        struct cc_server server;
        struct cc_reject reject;
        struct alternative *alternative = i < INPUTS_KEPT ? &p->alternatives[i] : &further;
        if (i >= INPUTS_KEPT)
            cc_alternatives_take(p->hardware.servers, &cc_server_input_fields, i, &further.input);
        p->run.candidates++;
        if (build_server(p, package, alternative, &server, &reject))
            write_server(p, name_server(p, i), package, &server);
        else
            cc_run_reject(&p->run, p->run.rejects == NULL ? unnamed : name_server(p, i), &reject);
    }
}

static void pack_package(struct packer *p, uint64_t index)
{
    struct cc_package_input input;
    struct cc_package package;
    struct cc_reject reject;
    name_package(p, index);
    cc_alternatives_take(p->hardware.packages, &cc_package_input_fields, index, &input);
    const char *lack = cc_package_lacks(&input, &p->chip);
    if (lack != NULL) {
        struct cc_error error;
        cc_fail(&error, CC_BAD_DATA, "Package of %s %s", p->hardware.file.yaml.path, lack);
        cc_run_fail_record(&p->run, &error);
    }
    if (cc_package_build(&input, &p->chip, &p->constants, &package, &reject)) {
        pack_servers(p, &package);
        return;
    }
    p->run.candidates++;
    cc_run_reject(&p->run, (struct cc_text){p->id, p->id_len}, &reject);
}

static void pack_chip(struct packer *p, const struct cc_record *record)
{
    struct cc_error error;
    p->record = record;
    if (record->kind != CC_KIND_CHIP) {
        cc_fail(&error, CC_BAD_DATA, "schema is %.*s, expected %s (a record of chiplet-gen)",
                CC_TEXT_ARG(record->schema), cc_kind_schema(CC_KIND_CHIP));
        cc_run_fail_record(&p->run, &error);
    }
    if (record->id.len == 0 || record->id.len > 200) {
        cc_fail(&error, CC_BAD_DATA, "id: expected a text of 1 to 200 bytes");
        cc_run_fail_record(&p->run, &error);
    }
    if (!cc_decode_changed(record, "chip", &cc_chip_fields, &p->chip, &p->of_chip, &error))
        cc_run_fail_record(&p->run, &error);
    p->shared.size = p->shared_chip = 0;
    const uint64_t packages = cc_alternatives_count(p->hardware.packages);
    for (uint64_t i = 0; i < packages; i++)
        pack_package(p, i);
}

/* Prepares what does not depend on the chip. */
static void prepare(struct packer *p, struct cc_conventions conventions)
{
    const uint64_t count = cc_alternatives_count(p->hardware.servers);
    p->conventions = conventions;
    p->rates = cc_tco_rates_of(&p->constants, conventions);
    for (uint64_t i = 0; i < count && i < INPUTS_KEPT; i++)
        cc_alternatives_take(p->hardware.servers, &cc_server_input_fields, i, &p->alternatives[i].input);
    p->sinks = sink_cache_new(cc_heatsink_prices_of(&p->constants.server));
    if (p->sinks == NULL)
        fail_memory(p);
}

static void release(struct packer *p)
{
    sink_cache_free(p->sinks);
    msgpack_sbuffer_destroy(&p->shared);
}

int main(int argc, char **argv)
{
    struct options options = {.shared.conventions = cc_conventions_corrected()};
    struct cc_operands operands;
    struct cc_error error;
    static struct packer packer;
    struct cc_record record;
    cc_options_parse(&program, argc, argv, &options, &operands);
    cc_run_open(&packer.run, &program, &options.shared, &operands);
    if (!cc_hardware_open(&packer.hardware, options.hardware, &error) ||
        !cc_constants_for(&packer.constants, &packer.hardware, options.shared.constants, &error))
        cc_run_fail(&packer.run, &error);
    prepare(&packer, options.shared.conventions);
    while (cc_run_next(&packer.run, &record))
        pack_chip(&packer, &record);
    release(&packer);
    cc_input_close(&packer.hardware.file);
    return cc_run_finish(&packer.run);
}
