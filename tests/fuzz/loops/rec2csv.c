/* rec2csv's loop: all fields, all fields flat, and given ones, in turn. */
#include "../loop.h"

#define main program_main
#include "../../../src/rec2csv/rec2csv.c"
#undef main

static struct options options;
static struct table table;

void loop_start(void)
{
}

void loop_run(const char *path)
{
    static size_t inputs;
    const struct cc_operands operands = {&path, 1};
    struct cc_record record;
    struct cc_error error;
    cc_run_open(&table.run, &program, &options.shared, &operands);
    table.flat = ++inputs % 3 == 1;
    if (!header_open(&table.header, inputs % 3 == 2 ? "id,point.batch,chip,x.y" : NULL, &error))
        cc_run_fail(&table.run, &error);
    cc_writer_stream(table.run.writer);
    while (cc_run_next(&table.run, &record))
        write_record(&table, &record);
    check_columns(&table);
    (void)cc_run_finish(&table.run);
}

void loop_clean(void)
{
    header_close(&table.header);
    table = (struct table){.flat = false};
}

void loop_options(int argc, char **argv)
{
    struct options parsed = {0};
    struct cc_operands operands;
    cc_options_parse(&program, argc, argv, &parsed, &operands);
    if (parsed.fields != NULL) {
        struct cc_error error;
        (void)!header_open(&table.header, parsed.fields, &error);
    }
}
