/* portfolio's loop: a mix of two models over the records of a stream, which is also what it is compared with. */
#include "../loop.h"

#define main program_main
#include "../../../src/portfolio/portfolio.c"
#undef main

static struct options options;
static struct gatherer gatherer;

void loop_start(void)
{
    struct cc_error error;
    if (!mix_parse("gpt2=0.75,llama3-8b=0.25", &options.mix, &error) ||
        !cc_conditions_parse("point.batch>=1,point.num_servers!=3,id!=x", &options.where, &error))
        cc_die("portfolio", &error);
}

void loop_run(const char *path)
{
    static size_t inputs;
    const struct cc_operands operands = {&path, 1};
    struct cc_record record;
    struct cc_error error;
    gatherer = (struct gatherer){.options = &options};
    gatherer_init(&gatherer);
    cc_run_open(&gatherer.run, &program, &options.shared, &operands);
    gatherer.run.complete = write_complete;
    if (inputs++ % 4 == 0 && !mix_read_own(&options.mix, path, &error))
        cc_run_note(&gatherer.run, "%s", error.text);
    while (cc_run_next(&gatherer.run, &record))
        if (!gather(&gatherer, &record, &error))
            cc_run_fail_record(&gatherer.run, &error);
    end_server(&gatherer);
    check_seen(&gatherer);
    (void)cc_run_finish(&gatherer.run);
}

void loop_clean(void)
{
    if (gatherer.options != NULL)
        gatherer_free(&gatherer);
    gatherer = (struct gatherer){.options = NULL};
    for (size_t i = 0; i < options.mix.count; i++)
        options.mix.model[i].own_usd = NAN;
}

void loop_options(int argc, char **argv)
{
    static struct options parsed;
    struct cc_operands operands;
    cc_options_parse(&program, argc, argv, &parsed, &operands);
}
