/* rec2json: records as JSON, one a line.
 *
 * Reads: any record. Writes text: floats so that they read back as the same bits, always with a point or an exponent;
 * integers without. */
#include <inttypes.h>
#include <stdio.h>

#include <yajl/yajl_gen.h>

#include "base/number.h"
#include "cli/memory.h"
#include "cli/run.h"
#include "stream/design.h"

struct options {
    struct cc_shared_options shared;
    bool flat;
};

static const struct cc_option option_table[] = {
    {"flat", NULL, CC_OPTION_FLAG, false, offsetof(struct options, flat), "a line for each operating point", NULL},
    CC_OPTIONS_RUN(struct options),
};

static const struct cc_program program = {
    .name = "rec2json",
    .summary = "Writes records as JSON lines.",
    .operands = "[FILE]...",
    .operands_most = SIZE_MAX,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .notes = "Example:\n  rec2json chips | jq -c 'select(.chip.area_mm2 < 100)' | json2rec\n",
};

static yajl_gen_status write_string(yajl_gen gen, struct cc_text text)
{
    return yajl_gen_string(gen, (const unsigned char *)text.s, text.len);
}

static yajl_gen_status write_number(yajl_gen gen, const struct cc_item *item)
{
    char text[CC_REAL_TEXT];
    size_t len;
    if (item->type == CC_ITEM_REAL)
        len = cc_format_real(item->as.real, text);
    else if (item->type == CC_ITEM_INT)
        len = (size_t)snprintf(text, sizeof text, "%" PRId64, item->as.i);
    else
        len = (size_t)snprintf(text, sizeof text, "%" PRIu64, item->as.u);
    return yajl_gen_number(gen, text, len);
}

/* Any status but ok ends the record. */
static yajl_gen_status write_item(yajl_gen gen, const struct cc_tape *tape, const struct cc_item *item);

static yajl_gen_status write_container(yajl_gen gen, const struct cc_tape *tape, const struct cc_item *item)
{
    const bool map = item->type == CC_ITEM_MAP;
    const size_t values = map ? 2 * (size_t)item->count : item->count;
    const struct cc_item *at = item + 1;
    yajl_gen_status status = map ? yajl_gen_map_open(gen) : yajl_gen_array_open(gen);
    for (size_t i = 0; i < values && status == yajl_gen_status_ok; i++, at = cc_item_next(at))
        status = write_item(gen, tape, at);
    if (status != yajl_gen_status_ok)
        return status;
    return map ? yajl_gen_map_close(gen) : yajl_gen_array_close(gen);
}

static yajl_gen_status write_item(yajl_gen gen, const struct cc_tape *tape, const struct cc_item *item)
{
    switch (item->type) {
    case CC_ITEM_NIL:
        return yajl_gen_null(gen);
    case CC_ITEM_BOOL:
        return yajl_gen_bool(gen, item->as.truth);
    case CC_ITEM_INT:
    case CC_ITEM_UINT:
    case CC_ITEM_REAL:
        return write_number(gen, item);
    case CC_ITEM_TEXT:
        return write_string(gen, cc_item_text(tape, item));
    case CC_ITEM_ARRAY:
    case CC_ITEM_MAP:
        break;
    }
    return write_container(gen, tape, item);
}

static yajl_gen_status write_row(yajl_gen gen, const struct cc_points *points, size_t row)
{
    const struct cc_item *at = points->map + 1;
    yajl_gen_status status = yajl_gen_map_open(gen);
    for (uint32_t i = 0; i < points->map->count && status == yajl_gen_status_ok; i++, at = cc_item_next(at + 1)) {
        status = write_string(gen, cc_item_text(points->tape, at));
        if (status == yajl_gen_status_ok)
            status = write_item(gen, points->tape, at + 2 + row);
    }
    return status == yajl_gen_status_ok ? yajl_gen_map_close(gen) : status;
}

/* A record as it is, or row `row` of its points as a design. */
static yajl_gen_status write_record(yajl_gen gen, const struct cc_record *record, const struct cc_points *flattened,
                                    size_t row)
{
    yajl_gen_status status = yajl_gen_map_open(gen);
    for (size_t i = 0; i < record->count && status == yajl_gen_status_ok; i++) {
        const struct cc_entry *entry = &record->entry[i];
        const bool points = flattened != NULL && entry == flattened->entry;
        const bool schema = flattened != NULL && i == 0 && record->kind == CC_KIND_EVALUATION;
        status = write_string(gen, points ? cc_text_of("point") : entry->key);
        if (status != yajl_gen_status_ok)
            break;
        if (points)
            status = write_row(gen, flattened, row);
        else if (schema)
            status = write_string(gen, cc_text_of(cc_kind_schema(CC_KIND_DESIGN)));
        else
            status = write_item(gen, record->tape, entry->value);
    }
    return status == yajl_gen_status_ok ? yajl_gen_map_close(gen) : status;
}

/* Output of yajl. */
static void print(void *writer, const char *text, size_t len)
{
    cc_pack_raw(writer, (struct cc_text){text, len});
}

static void emit_line(struct cc_run *run, yajl_gen gen, const struct cc_record *record,
                      const struct cc_points *flattened, size_t row)
{
    struct cc_error error;
    cc_writer_begin_raw(run->writer);
    if (write_record(gen, record, flattened, row) != yajl_gen_status_ok) {
        cc_writer_take_back(run->writer);
        cc_fail(&error, CC_BAD_DATA, "cannot be written as JSON");
        cc_run_fail_record(run, &error);
    }
    cc_pack_raw(run->writer, cc_text_of("\n"));
    cc_run_end_record(run);
    yajl_gen_reset(gen, NULL);
}

static void emit(struct cc_run *run, yajl_gen gen, const struct cc_record *record, bool flat)
{
    struct cc_points points = {0};
    struct cc_error error;
    if (flat && (!cc_points_open(record, &points, &error) || !cc_points_check_designs(record, &points, &error)))
        cc_run_fail_record(run, &error);
    if (points.map == NULL || points.flat) {
        emit_line(run, gen, record, NULL, 0);
        return;
    }
    for (size_t row = 0; row < points.rows; row++)
        emit_line(run, gen, record, &points, row);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct cc_operands operands;
    struct cc_record record;
    struct cc_run run;
    cc_options_parse(&program, argc, argv, &options, &operands);
    cc_run_open(&run, &program, &options.shared, &operands);
    const yajl_alloc_funcs memory = {cc_memory_take, cc_memory_resize, cc_memory_give, (char *)program.name};
    yajl_gen gen = yajl_gen_alloc(&memory);
    if (gen == NULL) {
        struct cc_error error;
        cc_fail_memory(&error);
        cc_run_fail(&run, &error);
    }
    yajl_gen_config(gen, yajl_gen_print_callback, print, run.writer);
    cc_writer_stream(run.writer);
    while (cc_run_next(&run, &record))
        emit(&run, gen, &record, options.flat);
    yajl_gen_free(gen);
    return cc_run_finish(&run);
}
