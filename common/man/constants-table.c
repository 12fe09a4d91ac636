/* The table of constants: plain text of at most 74 columns, for a literal display. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "input/inputs.h"
#include "page.h"

/* Source files that use the constants of a map, and of a key where it differs. tests/packaging/man.bats looks for each
 * constant there. */
static const struct use {
    const char *map, *key, *files;
} uses[] = {
    {"Package", "max_die_area", "hardware/package.c"},
    {"Package", "max_power_density", "hardware/package.c"},
    {"Package", "os_area_scale_factor", "hardware/package.c"},
    {"Package", "si_area_scale_factor", "hardware/package.c"},
    {"Server", "DCDCEfficiency", "hardware/server.c, tco.c"},
    {"Server", "PSUEfficiency", "hardware/server.c, tco.c"},
    {"Server", "SrvLife", "tco.c"},
    {"Server", "HeatSinkBaseCost", "hardware/heatsink.c"},
    {"Server", "HeatSinkMetalCost", "hardware/heatsink.c"},
    {"Chip", "", "hardware/chip.c"},
    {"Package", "", "hardware/package_cost.c"},
    {"Server", "", "hardware/server.c"},
    {"TCO", "", "tco.c"},
    {"Energy", "sram_wgt", "serving/serving.c"},
    {"Energy", "sram_act", "serving/serving.c"},
    {"Energy", "", "serving/precision.c"},
    {"NRE", "", "serving/fleet.c"},
    {"Rack", "", "serving/fleet.c"},
    {"Carbon", "grid", "serving/carbon.c"},
    {"Carbon", "", "hardware/embodied.c"},
};

static const char *files_of(const char *map, const struct cc_field *field)
{
    if (field->type == CC_TYPE_IGNORED)
        return "";
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        if (strcmp(uses[i].map, map) == 0 && (uses[i].key[0] == '\0' || strcmp(uses[i].key, field->name) == 0))
            return uses[i].files;
    return "?";
}

CC_DEFINE_FIELDS(cc_constants_fields, CC_CONSTANTS, struct cc_constants, "constants");

enum { WIDTH = 74, INDENT = 4 };

/* Words of a text, broken into lines that are indented. */
static void put_words(const char *text)
{
    int column = INDENT;
    printf("%*s", INDENT, "");
    while (*text != '\0') {
        const int len = (int)strcspn(text, " ");
        if (column > INDENT && column + 1 + len > WIDTH) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
        }
        column += printf("%s%.*s", column > INDENT ? " " : "", len, text);
        text += len + (text[len] == ' ');
    }
    putchar('\n');
}

/* A value of a file: a number, or for a step function the step of that index. `map` is NULL in a file without it. */
static void put_value(const struct cc_field *field, const void *map, size_t step)
{
    char text[32] = "-";
    if (map == NULL) {
        /* no value */
    } else if (field->type == CC_TYPE_STEPS) {
        const struct cc_steps *steps = cc_field_in(field, map);
        if (step < steps->count)
            snprintf(text, sizeof text, "%g:%g", steps->threshold[step], steps->factor[step]);
    } else if (field->type != CC_TYPE_IGNORED && !isnan(*(const double *)cc_field_in(field, map))) {
        snprintf(text, sizeof text, "%.6g", *(const double *)cc_field_in(field, map));
    }
    printf(" %8s", text);
}

static size_t steps_of(const struct cc_field *field, const void *map)
{
    return map != NULL && field->type == CC_TYPE_STEPS ? ((const struct cc_steps *)cc_field_in(field, map))->count : 1;
}

static void put_constant(const char *map_name, const struct cc_field *field, const char *const *maps, size_t count)
{
    const char *files = files_of(map_name, field);
    char meaning[512];
    size_t steps = 1;
    for (size_t i = 0; i < count; i++)
        steps = steps_of(field, maps[i]) > steps ? steps_of(field, maps[i]) : steps;
    for (size_t step = 0; step < steps; step++) {
        printf("%-30s %-12s", step == 0 ? field->name : "", step == 0 && field->unit[0] != '\0' ? field->unit : "");
        for (size_t i = 0; i < count; i++)
            put_value(field, maps[i], step);
        putchar('\n');
    }
    snprintf(meaning, sizeof meaning, files[0] != '\0' ? "%s (%s)" : "%s", field->doc, files);
    put_words(meaning);
}

static void put_map(const struct cc_field *map, const struct cc_constants *files, char *const *names, size_t count)
{
    const char *values[PAGE_FILES_MAX];
    for (size_t i = 0; i < count; i++)
        values[i] = *((const char *)&files[i] + map->has_offset) != 0 ? cc_field_in(map, &files[i]) : NULL;
    printf(".Ss %s: %s\n.Bd -literal\n%-43s", map->name, map->doc, "");
    for (size_t i = 0; i < count; i++)
        printf(" %8s", names[i]);
    putchar('\n');
    for (size_t i = 0; i < map->map->count; i++)
        put_constant(map->name, &map->map->field[i], values, count);
    puts(".Ed");
}

/* Constants, with the carbon of the same name where there is such a file. */
static bool read_constants(struct cc_constants *constants, const char *name, struct cc_error *error)
{
    char path[256];
    snprintf(path, sizeof path, "pipelines/inputs/constants/%s.yaml", name);
    if (!cc_constants_read(constants, path, error))
        return false;
    constants->has_chip = constants->has_package = constants->has_server = constants->has_tco = true;
    constants->has_energy = true;
    snprintf(path, sizeof path, "pipelines/inputs/carbon/%s.yaml", name);
    return access(path, F_OK) != 0 || cc_carbon_read(constants, path, error);
}

bool page_constants(char *const *names, size_t count)
{
    static struct cc_constants files[PAGE_FILES_MAX];
    if (count == 0 || count > PAGE_FILES_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct cc_error error;
        if (!read_constants(&files[i], names[i], &error)) {
            fprintf(stderr, "%s\n", error.text);
            return false;
        }
    }
    for (size_t i = 0; i < cc_constants_fields.count; i++)
        put_map(&cc_constants_fields.field[i], files, names, count);
    return true;
}
