/* llm-map's loop: a small model on the servers of a stream. */
#include "../loop.h"

#define main program_main
#include "../../../src/llm-map/llm-map.c"
#undef main

static struct mapper mapper;
static struct options options = {.price_range = 3, .breakdown = true};

void loop_start(void)
{
    options.shared.conventions = cc_conventions_corrected();
    options.shared.constants = LOOP_CONSTANTS;
    options.models.files.path[options.models.files.count++] = "pipelines/inputs/model/megatron.yaml";
    options.system = "tests/fuzz/loops/system.yaml";
    mapper.options = &options;
    mapper.run.program = "llm-map";
    read_inputs(&mapper);
}

void loop_run(const char *path)
{
    const struct cc_operands operands = {&path, 1};
    struct cc_record record;
    cc_run_open(&mapper.run, &program, &options.shared, &operands);
    while (cc_run_next(&mapper.run, &record))
        map_server(&mapper, &record);
    (void)cc_run_finish(&mapper.run);
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
