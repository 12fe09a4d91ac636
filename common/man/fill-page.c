/* fill-page: fills the generated parts of a manual page in, in mdoc, from the tables that the programs themselves use.
 *
 *   fill-page TEMPLATE >PAGE      from the top of the source, where pipelines/inputs is
 *
 * A line @NAME ARGUMENTS@ is replaced by what NAME writes. Of a page that is its own template the parts stand between
 * .\" @NAME ARGUMENTS@ and .\" @end@: these lines stay, what is between them is written anew. @NUMBER@ inside a line is
 * a bound. What NAME may be: the table `parts` below; NUMBER: the table `numbers`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input/inputs.h"
#include "input/yaml_bounds.h"
#include "model/reject.h"
#include "model/search/batches.h"
#include "page.h"
#include "record/bounds.h"
#include "record/records.h"

static const char quiet[] = ".\\\" @", quiet_end[] = ".\\\" @end@\n";

static const struct table {
    const char *name;
    enum page_kind kind;
    const struct cc_fields *fields;
} tables[] = {
    {"chip", PAGE_RECORDS, &cc_chip_fields},
    {"package", PAGE_RECORDS, &cc_package_fields},
    {"server", PAGE_RECORDS, &cc_server_fields},
    {"model", PAGE_RECORDS, &cc_llm_fields},
    {"system", PAGE_RECORDS, &cc_system_fields},
    {"workload", PAGE_RECORDS, &cc_workload_fields},
    {"reject", PAGE_RECORDS, &cc_reject_fields},
    {"portfolio", PAGE_RECORDS, &cc_portfolio_fields},
    {"portfolio-model", PAGE_RECORDS, &cc_portfolio_model_fields},
    {"point", PAGE_RECORDS, &cc_point_columns},
    {"sub-system-point", PAGE_RECORDS, &cc_sub_system_columns},
    {"level-point", PAGE_RECORDS, &cc_level_columns},
    {"rate-point", PAGE_RECORDS, &cc_rate_columns},
    {"goodput-point", PAGE_RECORDS, &cc_goodput_columns},
    {"layout-point", PAGE_RECORDS, &cc_layout_columns},
    {"expert-breakdown", PAGE_RECORDS, &cc_expert_breakdown_columns},
    {"fixed-breakdown", PAGE_RECORDS, &cc_fixed_breakdown_columns},
    {"point-breakdown", PAGE_RECORDS, &cc_point_breakdown_columns},
    {"cost", PAGE_RECORDS, &cc_cost_columns},
    {"cost-breakdown", PAGE_RECORDS, &cc_cost_breakdown_columns},
    {"rate-cost", PAGE_RECORDS, &cc_cost_rate_columns},
    {"goodput-cost", PAGE_RECORDS, &cc_cost_goodput_columns},
    {"fleet", PAGE_RECORDS, &cc_fleet_columns},
    {"rack", PAGE_RECORDS, &cc_rack_columns},
    {"nre", PAGE_RECORDS, &cc_nre_columns},
    {"breakeven", PAGE_RECORDS, &cc_breakeven_columns},
    {"carbon", PAGE_RECORDS, &cc_carbon_columns},
    {"service", PAGE_RECORDS, &cc_service_columns},
    {"alone-point", PAGE_RECORDS, &cc_alone_columns},
    {"chunked-point", PAGE_RECORDS, &cc_chunked_own_columns},
    {"deployment", PAGE_RECORDS, &cc_deployment_own_columns},
    {"hardware-file", PAGE_INPUTS, &cc_hardware_file_fields},
    {"constants-file", PAGE_INPUTS, &cc_constants_file_fields},
    {"carbon-file", PAGE_INPUTS, &cc_carbon_file_fields},
    {"model-file", PAGE_INPUTS, &cc_model_file_fields},
    {"system-file", PAGE_INPUTS, &cc_system_input_fields},
};

static const struct number {
    const char *name;
    int value;
} numbers[] = {
    {"RECORD_MIB", CC_RECORD_BYTES_MAX >> 20},
    {"ENTRIES", CC_ENTRIES_MAX},
    {"RECORD_VALUES", CC_RECORD_VALUES_MAX},
    {"ROWS", CC_ROWS_MAX},
    {"PAIRS", CC_PAIRS_MAX},
    {"RECORD_DEPTH", CC_DEPTH_MAX},
    {"KEY_BYTES", CC_KEY_BYTES_MAX},
    {"TEXT_BYTES", CC_TEXT_BYTES_MAX},
    {"EXPANSION_MIB", CC_EXPANSION_BYTES_MAX >> 20},
    {"LIST", CC_LIST_MAX},
    {"ALTERNATIVES", CC_ALTERNATIVES_MAX},
    {"LISTED_BATCH", CC_LISTED_BATCH_MAX},
    {"MICRO_BATCHES", CC_AXIS_MAX},
    {"FILE_MIB", CC_YAML_BYTES_MAX >> 20},
    {"FILE_VALUES", CC_YAML_VALUES_MAX},
    {"FILE_KEYS", CC_YAML_KEYS_MAX},
    {"FILE_DEPTH", CC_YAML_DEPTH_MAX},
    {"FILE_ANCHORS", CC_YAML_ANCHORS_MAX},
};

enum { ARGUMENTS_MAX = 8 };

struct arguments {
    size_t count;
    char *word[ARGUMENTS_MAX];
};

static bool put_kinds(const struct arguments *arguments)
{
    (void)arguments;
    puts(".Bl -tag -width evaluation -compact");
#define KIND(id, name, doc) page_item(name, doc);
    CC_KINDS(KIND)
#undef KIND
    puts(".El");
    return true;
}

static bool put_reasons(const struct arguments *arguments)
{
    (void)arguments;
    puts(".Bl -tag -width Ds -compact");
#define REASON(id, name, doc) page_item(name, doc);
    CC_REASONS(REASON)
#undef REASON
    puts(".El");
    return true;
}

/* For programs: name and words, a tab between them. */
static bool put_reason_lines(const struct arguments *arguments)
{
    (void)arguments;
#define REASON(id, name, doc) puts(name "\t" doc);
    CC_REASONS(REASON)
#undef REASON
    return true;
}

/* @fields TABLE@ or @fields TABLE PATH@ */
static bool put_table(const struct arguments *arguments)
{
    for (size_t i = 0; arguments->count >= 2 && i < sizeof tables / sizeof tables[0]; i++) {
        if (strcmp(tables[i].name, arguments->word[1]) != 0)
            continue;
        page_fields(tables[i].kind, arguments->count > 2 ? arguments->word[2] : "", tables[i].fields);
        return true;
    }
    return false;
}

/* @constants NAME ...@: names of the files of pipelines/inputs/constants */
static bool put_constants(const struct arguments *arguments)
{
    return page_constants(arguments->word + 1, arguments->count - 1);
}

static const struct part {
    const char *name;
    bool (*put)(const struct arguments *arguments);
} parts[] = {
    {"kinds", put_kinds},  {"reasons", put_reasons},     {"reason-lines", put_reason_lines},
    {"fields", put_table}, {"constants", put_constants},
};

/* The part that a marker asks for. Splits the marker up. */
static bool put_part(char *marker)
{
    struct arguments arguments = {0};
    for (char *word = strtok(marker, " @\n"); word != NULL && arguments.count < ARGUMENTS_MAX;
         word = strtok(NULL, " @\n"))
        arguments.word[arguments.count++] = word;
    for (size_t i = 0; arguments.count > 0 && i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(parts[i].name, arguments.word[0]) == 0)
            return parts[i].put(&arguments);
    return false;
}

static const struct number *number_at(const char *text)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const size_t len = strlen(numbers[i].name);
        if (strncmp(text, numbers[i].name, len) == 0 && text[len] == '@')
            return &numbers[i];
    }
    return NULL;
}

/* A line, with the numbers between @ put in. */
static bool put_line(const char *line)
{
    for (const char *c = line; *c != '\0'; c++) {
        if (*c != '@') {
            putchar(*c);
            continue;
        }
        const struct number *number = number_at(c + 1);
        if (number == NULL)
            return false;
        printf("%d", number->value);
        c += strlen(number->name) + 1;
    }
    return true;
}

static bool skip_old(FILE *template, char *line, size_t size)
{
    while (fgets(line, (int)size, template) != NULL)
        if (strcmp(line, quiet_end) == 0)
            return true;
    return false;
}

/* False at a marker that is not known, or has no end. `line` then has what is left of it. */
static bool fill(FILE *template, char *line, size_t size)
{
    while (fgets(line, (int)size, template) != NULL) {
        bool known = true;
        if (strncmp(line, quiet, strlen(quiet)) == 0) {
            fputs(line, stdout);
            known = put_part(line + strlen(quiet)) && skip_old(template, line, size);
            if (known)
                fputs(line, stdout);
        } else if (line[0] == '@' && number_at(line + 1) == NULL) {
            known = put_part(line);
        } else {
            known = put_line(line);
        }
        if (!known)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    char line[4096];
    FILE *template = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (template == NULL) {
        fputs("usage: fill-page TEMPLATE\n", stderr);
        return 2;
    }
    const bool filled = fill(template, line, sizeof line);
    if (!filled)
        fprintf(stderr, "fill-page: %s: a marker that is not known or has no end: %s\n", argv[1], line);
    fclose(template);
    return filled && fflush(stdout) == 0 ? 0 : 1;
}
