/* tco-eval's loop: the cost of the points of a stream. */
#include "../loop.h"

#define main program_main
#include "../../../src/tco-eval/tco-eval.c"
#undef main

static struct options options = {.shared.constants = LOOP_CONSTANTS,
                                 .breakdown = true,
                                 .demand = {.tokens_per_s = 1000},
                                 .instead_usd_per_million = 1,
                                 .carbon = "pipelines/inputs/carbon/7nm.yaml"};
static struct evaluator evaluator = {.options = &options};

void loop_start(void)
{
    options.shared.conventions = cc_conventions_corrected();
    read_constants(&evaluator);
}

void loop_run(const char *path)
{
    const struct cc_operands operands = {&path, 1};
    struct cc_record record;
    struct cc_error error;
    cc_run_open(&evaluator.run, &program, &options.shared, &operands);
    while (cc_run_next(&evaluator.run, &record))
        if (!cost_record(&evaluator, &record, &error))
            cc_run_fail_record(&evaluator.run, &error);
    (void)cc_run_finish(&evaluator.run);
}

void loop_clean(void)
{
}

void loop_options(int argc, char **argv)
{
    struct options parsed = {0};
    struct cc_operands operands;
    cc_options_parse(&program, argc, argv, &parsed, &operands);
}
