/* tco-eval's loop: the cost of the points of a stream. */
#include "../loop.h"

#define main program_main
#include "../../../src/tco-eval/tco-eval.c"
#undef main

static struct options options = {.breakdown = true};
static struct evaluator evaluator = {.options = &options};

void loop_start(void)
{
    struct cc_constants constants;
    struct cc_error error;
    options.shared.conventions = cc_conventions_corrected();
    if (!cc_constants_read(&constants, LOOP_CONSTANTS, &error))
        cc_die("tco-eval", &error);
    evaluator.rates = cc_tco_rates_of(&constants, options.shared.conventions);
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
