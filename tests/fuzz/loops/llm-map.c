/* llm-map's loop: a small model on the servers of a stream, each time in another of its modes, which the length of the
 * input chooses. */
#include "../loop.h"

#define main program_main
#include "../../../src/llm-map/llm-map.c"
#undef main

static const struct options modes[] = {
    {.breakdown = true},
    {.service_levels = true},
    {.frontier = true},
    {.phase = CC_PREFILL_ALONE},
    {.phase = CC_GENERATE_ALONE},
    {.phase = CC_CHUNKED},
    {.phase = CC_CHUNKED, .all_mappings = true},
};

static struct mapper mapper;
static struct options options = {.frontier = true}; /* room for what it remembers */

void loop_start(void)
{
    options.shared.conventions = cc_conventions_corrected();
    options.shared.constants = LOOP_CONSTANTS;
    options.price_range = 3;
    options.models.files.path[options.models.files.count++] = "pipelines/inputs/model/megatron.yaml";
    options.system = "tests/fuzz/loops/system.yaml";
    mapper.options = &options;
    mapper.run.program = "llm-map";
    read_inputs(&mapper);
}

static void choose_mode(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = 0;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (file != NULL)
        fclose(file);
    const struct options *mode = &modes[(size_t)(size > 0 ? size : 0) % (sizeof modes / sizeof modes[0])];
    options.breakdown = mode->breakdown;
    options.service_levels = mode->service_levels;
    options.frontier = mode->frontier;
    options.phase = mode->phase;
    options.all_mappings = mode->all_mappings;
}

void loop_run(const char *path)
{
    const struct cc_operands operands = {&path, 1};
    struct cc_record record;
    choose_mode(path);
    cc_run_open(&mapper.run, &program, &options.shared, &operands);
    while (cc_run_next(&mapper.run, &record))
        map_server(&mapper, &record);
    (void)cc_run_finish(&mapper.run);
}

void loop_clean(void)
{
    for (size_t k = 0; k < PRUNERS_MAX; k++)
        if (mapper.subjects[0].pruners[k] != NULL)
            cc_prune_end(mapper.subjects[0].pruners[k]);
    mapper.fault = NULL;
}

void loop_options(int argc, char **argv)
{
    static struct options parsed;
    struct cc_operands operands;
    parsed = (struct options){.price_range = 3};
    cc_options_parse(&program, argc, argv, &parsed, &operands);
    settle_names(&parsed.models);
    check_options(&parsed);
}
