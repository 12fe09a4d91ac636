/* rec2json's loop, as it is and with --flat in turn. */
#include "../loop.h"

#define main program_main
#include "../../../src/rec2json/rec2json.c"
#undef main

static struct options options;
static struct cc_run run;
static yajl_gen gen;

void loop_start(void)
{
}

void loop_run(const char *path)
{
    static size_t inputs;
    const struct cc_operands operands = {&path, 1};
    struct cc_record record;
    gen = yajl_gen_alloc(NULL);
    cc_run_open(&run, &program, &options.shared, &operands);
    yajl_gen_config(gen, yajl_gen_print_callback, print, run.writer);
    cc_writer_stream(run.writer);
    inputs++;
    while (cc_run_next(&run, &record))
        emit(&run, gen, &record, inputs % 2 == 0);
    (void)cc_run_finish(&run);
}

void loop_clean(void)
{
    if (gen != NULL)
        yajl_gen_free(gen);
    gen = NULL;
}

void loop_options(int argc, char **argv)
{
    struct options parsed = {0};
    struct cc_operands operands;
    cc_options_parse(&program, argc, argv, &parsed, &operands);
}
