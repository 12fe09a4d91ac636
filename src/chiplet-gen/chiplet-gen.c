/* chiplet-gen: the chips of a hardware file.
 *
 * Reads: a hardware file, constants. Writes chip records: schema, id, chip. */
#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "cli/run.h"
#include "input/inputs.h"
#include "model/hardware/chip.h"
#include "model/hardware/sram.h"

struct shard {
    int64_t index, count; /* index from 1 */
};

struct options {
    struct cc_shared_options shared;
    struct shard shard;
    int64_t first; /* number of the file's first chip */
    bool describe;
};

static bool parse_shard(const char *text, void *member, struct cc_error *error)
{
    struct shard *shard = member;
    const char *slash = strchr(text, '/');
    if (slash == NULL || !cc_parse_int(text, (size_t)(slash - text), &shard->index) ||
        !cc_parse_int(slash + 1, strlen(slash + 1), &shard->count) || shard->index < 1 || shard->index > shard->count ||
        shard->count > CC_ALTERNATIVES_MAX)
        return cc_fail(error, CC_USAGE, "--shard %s: expected I/N with I from 1 to N", text);
    return true;
}

static bool parse_first(const char *text, void *member, struct cc_error *error)
{
    const int64_t most = INT64_C(1000000000000000);
    int64_t *first = member;
    return (cc_parse_int(text, strlen(text), first) && *first >= 0 && *first <= most) ||
           cc_fail(error, CC_USAGE, "--first %s: expected an integer from 0 to %lld", text, (long long)most);
}

static const struct cc_option option_table[] = {
    {"constants", "FILE", CC_OPTION_TEXT, false, offsetof(struct options, shared.constants),
     "technology and cost constants: a file (YAML) or a name, such as 7nm (default: those that the hardware file "
     "names)",
     NULL},
    {"shard", "I/N", CC_OPTION_PARSED, false, offsetof(struct options, shard),
     "only the I-th of N contiguous parts of the chips, I from 1 to N", parse_shard},
    {"first", "N", CC_OPTION_PARSED, false, offsetof(struct options, first),
     "number of the first chip, where a space is split over several files (default: 0)", parse_first},
    {"describe", NULL, CC_OPTION_FLAG, false, offsetof(struct options, describe),
     "print the name of the hardware, the constants it is made for and the number of its alternatives, and exit", NULL},
    CC_OPTIONS_CONVENTIONS(struct options),
    CC_OPTIONS_REJECTS(struct options),
    CC_OPTIONS_FORCE(struct options),
    CC_OPTIONS_RUN(struct options),
};

static const struct cc_program program = {
    .name = "chiplet-gen",
    .summary = "Writes a chip record for each chip of a hardware file that can be made.",
    .operands = "HARDWARE",
    .operands_least = 1,
    .operands_most = 1,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .notes = "Adds: schema, id (c<place in the enumeration>), chip.\n\n"
             "Example:\n  chiplet-gen --constants 7nm.yaml chiplet-cloud.yaml | rec2csv | head\n",
};

static void write_chip(struct cc_run *run, struct cc_text id, const struct cc_chip *chip)
{
    struct cc_error error;
    cc_writer_begin(run->writer, cc_text_of(cc_kind_schema(CC_KIND_CHIP)), 3);
    cc_write_text(run->writer, "id", id);
    if (!cc_write_struct(run->writer, "chip", &cc_chip_fields, chip, &error)) {
        cc_fail_at(&error, "%.*s: ", CC_TEXT_ARG(id));
        cc_run_fail(run, &error);
    }
    cc_run_end_record(run);
}

/* SRAM macros for the chip's process must be known. */
static void check_macros(struct cc_run *run, const struct cc_hardware *hardware, const struct cc_constants *constants,
                         const struct cc_chip_input *input, struct cc_text id)
{
    const struct cc_text tech = cc_chip_sram_tech(input);
    struct cc_sram_macros macros;
    struct cc_error error;
    if (!cc_chip_has_macros(input) || cc_sram_macros_of(&constants->sram, tech, &macros))
        return;
    cc_fail(&error, CC_BAD_DATA,
            "%s: chip %.*s: there are no SRAM macros for sram_tech '%.*s': give them under SRAM in the constants file, "
            "or use 12nm or 7nm",
            hardware->file.yaml.path, CC_TEXT_ARG(id), CC_TEXT_ARG(tech));
    cc_run_fail(run, &error);
}

static void generate(struct cc_run *run, const struct cc_hardware *hardware, const struct cc_constants *constants,
                     const struct options *options, uint64_t index)
{
    struct cc_chip_input input;
    struct cc_chip chip;
    struct cc_reject reject;
    char name[32];
    const int len = snprintf(name, sizeof name, "c%" PRIu64, (uint64_t)options->first + index);
    const struct cc_text id = {name, (size_t)len};
    cc_alternatives_take(hardware->chips, &cc_chip_input_fields, index, &input);
    check_macros(run, hardware, constants, &input, id);
    run->candidates++;
    if (cc_chip_build(&input, constants, options->shared.conventions, &chip, &reject))
        write_chip(run, id, &chip);
    else
        cc_run_reject(run, id, &reject);
    run->work_done++;
    cc_run_tick(run);
}

/* The constants as they may be given to --constants: a name, or the path of those that are found. */
static void describe(const struct cc_hardware *hardware)
{
    printf("name: %.*s\n", CC_TEXT_ARG(hardware->name));
    if (hardware->constants.len > 0 && cc_hardware_names_constants(hardware))
        printf("constants: %.*s\n", CC_TEXT_ARG(hardware->constants));
    else if (hardware->constants.len > 0)
        printf("constants: %s\n", hardware->constants_path);
    printf("chips: %" PRIu64 "\npackages: %" PRIu64 "\nservers: %" PRIu64 "\n", cc_alternatives_count(hardware->chips),
           cc_alternatives_count(hardware->packages), cc_alternatives_count(hardware->servers));
}

/* Whether a file is called as the constants are: all that tells where those are not found. */
static bool has_name(const char *path, struct cc_text name)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const size_t len = strcspn(base, ".");
    return cc_text_equal(name, (struct cc_text){base, len});
}

static bool are_those(const struct cc_hardware *hardware, const struct cc_constants *constants, const char *given)
{
    struct cc_constants own;
    struct cc_error error;
    if (hardware->constants_path == NULL)
        return has_name(given, hardware->constants);
    return cc_constants_read(&own, hardware->constants_path, &error) && cc_constants_equal(constants, &own);
}

/* Warns of what is valid but may not be intended. A split run says it once. */
static void warn(const struct cc_hardware *hardware, const struct cc_constants *constants, const char *given)
{
    const char *path = hardware->file.yaml.path;
    if (hardware->file.has_systems)
        fprintf(stderr,
                "chiplet-gen: %s: ignoring the map System, which has an older layout: move its systems to system "
                "files\n",
                path);
    if (given != NULL && hardware->constants.len > 0 && !are_those(hardware, constants, given))
        fprintf(stderr, "chiplet-gen: %s: is made for the constants %.*s, but --constants is %s\n", path,
                CC_TEXT_ARG(hardware->constants), given);
}

int main(int argc, char **argv)
{
    struct options options = {.shared.conventions = cc_conventions_corrected(), .shard = {1, 1}};
    struct cc_operands operands;
    struct cc_constants constants;
    struct cc_hardware hardware;
    struct cc_error error;
    struct cc_run run;
    cc_options_parse(&program, argc, argv, &options, &operands);
    options.shared.force |= options.describe; /* text */
    cc_run_open(&run, &program, &options.shared, NULL);
    if (!cc_hardware_open(&hardware, operands.list[0], &error) ||
        (!options.describe && !cc_constants_for(&constants, &hardware, options.shared.constants, &error)))
        cc_run_fail(&run, &error);
    if (options.describe)
        describe(&hardware);
    else if (options.shard.index == 1)
        warn(&hardware, &constants, options.shared.constants);
    const uint64_t count = options.describe ? 0 : cc_alternatives_count(hardware.chips);
    const uint64_t shards = (uint64_t)options.shard.count, shard = (uint64_t)options.shard.index;
    const uint64_t first = count * (shard - 1) / shards, end = count * shard / shards;
    run.work_total = end - first;
    for (uint64_t i = first; i < end; i++)
        generate(&run, &hardware, &constants, &options, i);
    cc_input_close(&hardware.file);
    return cc_run_finish(&run);
}
