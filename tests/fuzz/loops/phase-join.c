/* phase-join's loop: the prefill designs of a stream with the generate designs that come after them. */
#include "../loop.h"

#define main program_main
#include "../../../src/phase-join/phase-join.c"
#undef main

static struct options options = {.instances = 3, .overlapped = true, .quantile = 0.99};
static struct joiner joiner;
static struct side prefill;

void loop_start(void)
{
    options.shared.conventions = cc_conventions_corrected();
    options.shared.constants = LOOP_CONSTANTS;
}

static void take(const struct cc_record *record)
{
    struct cc_error error;
    if (!pool_take(&joiner.pool, &prefill, &joiner.common, record, &joiner.rates, options.shared.conventions, &error) ||
        !pool_make_room(&joiner.pool, &error))
        cc_run_fail_record(&joiner.run, &error);
}

void loop_run(const char *path)
{
    static size_t runs;
    const struct cc_operands operands = {&path, 1};
    struct cc_record record;
    options.load = runs++ % 2 == 0 ? 1 : 0.7;
    joiner = (struct joiner){.options = &options};
    prefill = (struct side){.prefill = true};
    joiner_init(&joiner);
    cc_run_open(&joiner.run, &program, &options.shared, &operands);
    read_constants(&joiner);
    while (cc_run_next(&joiner.run, &record)) {
        const struct cc_entry *system = cc_record_find(&record, "system");
        const struct cc_item *phase =
            system == NULL ? NULL : cc_item_find(record.tape, system->value, cc_text_of("phase"));
        const bool is_text = phase != NULL && phase->type == CC_ITEM_TEXT;
        if (is_text && cc_text_is(cc_item_text(record.tape, phase), "prefill"))
            take(&record);
        else
            join_record(&joiner, &record);
    }
    (void)cc_run_finish(&joiner.run);
}

void loop_clean(void)
{
    if (joiner.options != NULL)
        joiner_free(&joiner);
    side_free(&prefill);
    joiner = (struct joiner){.options = NULL};
    prefill = (struct side){.prefill = true};
}

void loop_options(int argc, char **argv)
{
    static struct options parsed;
    struct cc_operands operands;
    cc_options_parse(&program, argc, argv, &parsed, &operands);
}
