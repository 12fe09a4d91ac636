/* rec2csv: records as CSV with a header of field paths.
 *
 * Reads: any record. Writes text: a row for each record or, with --flat, for each operating point. */
#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "cli/run.h"
#include "header.h"
#include "stream/design.h"
#include "stream/path.h"

struct options {
    struct cc_shared_options shared;
    const char *fields;
    bool flat;
};

static const struct cc_option option_table[] = {
    {"fields", "FIELD,...", CC_OPTION_TEXT, false, offsetof(struct options, fields),
     "the columns, by path (default: every field of the first record)", NULL},
    {"flat", NULL, CC_OPTION_FLAG, false, offsetof(struct options, flat),
     "a row for each operating point, with columns point.*", NULL},
    CC_OPTIONS_RUN(struct options),
};

static const struct cc_program program = {
    .name = "rec2csv",
    .summary = "Writes records as CSV.",
    .operands = "[FILE]...",
    .operands_most = SIZE_MAX,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .notes = "A field that a record lacks is an empty cell; an array is a cell of numbers with spaces between.\n\n"
             "Example:\n  rec2csv --fields id,chip.area_mm2,server.cost_usd servers\n",
};

struct table {
    struct cc_run run;
    bool flat;
    struct header header;
};

static bool text_needs_quotes(struct cc_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.s[i] == ',' || text.s[i] == '"' || text.s[i] == '\n' || text.s[i] == '\r')
            return true;
    return false;
}

static bool item_needs_quotes(const struct cc_tape *tape, const struct cc_item *item)
{
    const struct cc_item *end = cc_item_next(item);
    for (const struct cc_item *at = item; at < end; at++)
        if (at->type == CC_ITEM_TEXT && text_needs_quotes(cc_item_text(tape, at)))
            return true;
    return false;
}

/* The inside of a cell, where a quotation mark is written twice. */
static void write_text(struct cc_writer *writer, struct cc_text text)
{
    const char *quote;
    while (text.len > 0 && (quote = memchr(text.s, '"', text.len)) != NULL) {
        const size_t len = (size_t)(quote - text.s) + 1;
        cc_pack_raw(writer, (struct cc_text){text.s, len});
        cc_pack_raw(writer, cc_text_of("\""));
        text = (struct cc_text){text.s + len, text.len - len};
    }
    cc_pack_raw(writer, text);
}

static void write_value(struct cc_writer *writer, const struct cc_tape *tape, const struct cc_item *item)
{
    char text[CC_REAL_TEXT];
    size_t len = 0;
    switch (item->type) {
    case CC_ITEM_NIL:
        return;
    case CC_ITEM_BOOL:
        write_text(writer, cc_text_of(item->as.truth ? "true" : "false"));
        return;
    case CC_ITEM_TEXT:
        write_text(writer, cc_item_text(tape, item));
        return;
    case CC_ITEM_INT:
        len = (size_t)snprintf(text, sizeof text, "%" PRId64, item->as.i);
        break;
    case CC_ITEM_UINT:
        len = (size_t)snprintf(text, sizeof text, "%" PRIu64, item->as.u);
        break;
    case CC_ITEM_REAL:
        len = cc_format_real(item->as.real, text);
        break;
    case CC_ITEM_ARRAY:
    case CC_ITEM_MAP: {
        const struct cc_item *end = cc_item_next(item);
        for (const struct cc_item *at = item + 1; at < end; at++) {
            if (at != item + 1)
                cc_pack_raw(writer, cc_text_of(" "));
            if (at->type != CC_ITEM_ARRAY && at->type != CC_ITEM_MAP)
                write_value(writer, tape, at);
        }
        return;
    }
    }
    cc_pack_raw(writer, (struct cc_text){text, len});
}

/* A value as a cell; quoted when it must be (RFC 4180). An empty cell is quoted when it is the only one of its row,
 * which readers would otherwise take for an empty line. */
static void write_cell(struct cc_writer *writer, const struct cc_tape *tape, const struct cc_item *item, bool alone)
{
    const bool empty = item == NULL || item->type == CC_ITEM_NIL ||
                       (item->type != CC_ITEM_BOOL && item->count == 0 && !cc_item_is_number(item));
    const bool quote = empty ? alone : item_needs_quotes(tape, item);
    if (quote)
        cc_pack_raw(writer, cc_text_of("\""));
    if (!empty)
        write_value(writer, tape, item);
    if (quote)
        cc_pack_raw(writer, cc_text_of("\""));
}

static void write_header(struct table *t)
{
    cc_writer_begin_raw(t->run.writer);
    for (size_t i = 0; i < t->header.count; i++) {
        if (i > 0)
            cc_pack_raw(t->run.writer, cc_text_of(","));
        const bool quote = text_needs_quotes(t->header.path[i]);
        cc_pack_raw(t->run.writer, cc_text_of(quote ? "\"" : ""));
        write_text(t->run.writer, t->header.path[i]);
        cc_pack_raw(t->run.writer, cc_text_of(quote ? "\"" : ""));
    }
    cc_pack_raw(t->run.writer, cc_text_of("\n"));
}

static void write_row(struct table *t, const struct cc_record *record, size_t row)
{
    cc_writer_begin_raw(t->run.writer);
    for (size_t i = 0; i < t->header.count; i++) {
        if (i > 0)
            cc_pack_raw(t->run.writer, cc_text_of(","));
        const struct cc_field_values *values = &t->header.values[i];
        write_cell(t->run.writer, record->tape, values->first == NULL ? NULL : cc_field_value(values, row),
                   t->header.count == 1);
    }
    cc_pack_raw(t->run.writer, cc_text_of("\n"));
    cc_run_end_record(&t->run);
}

static void write_record(struct table *t, const struct cc_record *record)
{
    struct cc_points points = {0};
    struct cc_error error;
    if (t->flat && (!cc_points_open(record, &points, &error) || !cc_points_check_designs(record, &points, &error)))
        cc_run_fail_record(&t->run, &error);
    if (!t->header.complete) {
        if (!header_take(&t->header, record, t->flat, &error))
            cc_run_fail_record(&t->run, &error);
        write_header(t);
    } else if (!header_note_others(&t->header, record, t->flat, &error)) {
        cc_run_fail_record(&t->run, &error);
    }
    if (!header_find(&t->header, record, &points, t->flat, &error))
        cc_run_fail(&t->run, &error);
    const size_t rows = points.map == NULL ? 1 : points.rows;
    for (size_t row = 0; row < rows; row++)
        write_row(t, record, row);
    t->run.candidates += rows;
}

/* After the last record: what the table lacks. */
static void check_columns(struct table *t)
{
    struct cc_error error;
    char others[512];
    if (t->header.given && cc_reader_records(t->run.reader) > 0 && !header_check_found(&t->header, t->flat, &error))
        cc_run_fail(&t->run, &error);
    if (t->header.records_with_others == 0)
        return;
    header_list_others(&t->header, others, sizeof others);
    cc_run_note(&t->run,
                "left out, because the first record does not have them: %s (in %" PRIu64
                " records); name the columns with --fields",
                others, t->header.records_with_others);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct table table = {0};
    struct cc_operands operands;
    struct cc_record record;
    struct cc_error error;
    cc_options_parse(&program, argc, argv, &options, &operands);
    table.flat = options.flat;
    cc_run_open(&table.run, &program, &options.shared, &operands);
    if (!header_open(&table.header, options.fields, &error))
        cc_run_fail(&table.run, &error);
    cc_writer_stream(table.run.writer);
    if (table.header.given)
        write_header(&table);
    while (cc_run_next(&table.run, &record))
        write_record(&table, &record);
    check_columns(&table);
    header_close(&table.header);
    return cc_run_finish(&table.run);
}
