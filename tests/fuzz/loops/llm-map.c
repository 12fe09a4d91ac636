/* llm-map's loop: a small model on the servers of a stream, each time in another of its modes, which the length of the
 * input chooses. */
#include "../loop.h"

#define main program_main
#include "../../../src/llm-map/llm-map.c"
#undef main

static struct mapper mapper;
static struct options options, modes[16];
static size_t mode_count;
static const struct design nothing;

static void add_mode(struct options mode)
{
    modes[mode_count++] = mode;
}

static struct pruning pruning_of(const char *columns)
{
    struct pruning pruning = {.frontier = false};
    struct cc_error error;
    if (!pruning_parse_frontier(columns, &pruning, &error))
        cc_die("llm-map", &error);
    return pruning;
}

static void make_modes(void)
{
    const struct pruning latency = pruning_of("usd_per_output_token,generate_latency_s");
    const struct pruning levels = pruning_of("usd_per_output_token,ttft_s,tpot_s");
    add_mode((struct options){.breakdown = true});
    add_mode((struct options){.service_levels = true});
    add_mode((struct options){.phase = CC_PREFILL_ALONE});
    add_mode((struct options){.phase = CC_GENERATE_ALONE});
    add_mode((struct options){.phase = CC_CHUNKED});
    add_mode((struct options){.phase = CC_CHUNKED, .all_mappings = true});
    add_mode((struct options){.pruning = latency});
    add_mode((struct options){.pruning = levels, .service_levels = true});
    add_mode((struct options){.rate = 0.01, .has_slo = true, .slo = {NAN, NAN, 0.9}});
    add_mode((struct options){.phase = CC_CHUNKED, .rate = 1, .has_slo = true, .slo = {1, 0.01, 0.99}});
    add_mode((struct options){.phase = CC_GENERATE_ALONE, .has_slo = true, .slo = {1, 0.001, 0.5}});
    add_mode((struct options){.phase = CC_PREFILL_ALONE, .has_slo = true, .slo = {0.01, 1, 0.5}});
}

static void set_common(void)
{
    options.shared.conventions = cc_conventions_corrected();
    options.shared.constants = LOOP_CONSTANTS;
    options.price_range = 3;
    options.models.files.path[0] = "pipelines/inputs/model/megatron.yaml";
    options.models.files.count = 1;
    options.system = "tests/fuzz/loops/system.yaml";
}

void loop_start(void)
{
    make_modes();
    options.pruning = modes[6].pruning; /* room for what is remembered */
    set_common();
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
    options = modes[(size_t)(size > 0 ? size : 0) % mode_count];
    set_common();
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

/* What is remembered is of a reader that is gone. */
void loop_clean(void)
{
    for (size_t k = 0; k < PRUNERS_MAX; k++) {
        if (mapper.subjects[0].pruners[k] != NULL)
            cc_prune_end(mapper.subjects[0].pruners[k]);
        free(mapper.subjects[0].pruners[k]);
        mapper.subjects[0].pruners[k] = NULL;
        free(mapper.subjects[0].passings[k]);
        mapper.subjects[0].passings[k] = NULL;
    }
    free(mapper.rows);
    mapper.rows = NULL;
    mapper.row_count = mapper.row_size = 0;
    mapper.fault = NULL;
    mapper.read = nothing;
    mapper.served = (struct served){.known = false};
    mapper.families[0].count = mapper.families[0].latest = mapper.families[0].bytes = 0;
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
