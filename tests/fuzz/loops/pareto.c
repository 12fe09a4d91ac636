/* pareto's loop: three queries in turn over the records of a stream. */
#include "../loop.h"

#define main program_main
#include "../../../src/pareto/pareto.c"
#undef main

enum { QUERIES = 3 };
static struct options options[QUERIES];
static struct selector selector;

void loop_start(void)
{
    struct cc_error error;
    for (int i = 0; i < QUERIES; i++)
        options[i].query = default_query();
    if (!query_parse_objectives("max:point.batch,min:point.num_servers,max:server.cost_usd", &options[1].query,
                                &error) ||
        !cc_conditions_parse("point.batch>=1,point.batch<1e6,point.batch<=1e6,point.batch>0,point.batch!=3,id!=x",
                             &options[1].query.where, &error) ||
        !query_parse_objectives("min:point.batch", &options[2].query, &error) ||
        !query_parse_groups("id,point.batch", &options[2].query, &error) ||
        !query_parse_top("2", &options[2].query, &error))
        cc_die("pareto", &error);
}

void loop_run(const char *path)
{
    static size_t inputs;
    const struct cc_operands operands = {&path, 1};
    struct options *chosen = &options[inputs++ % QUERIES];
    struct cc_record record;
    struct groups *const groups = groups_new(chosen->query.objectives, (size_t)chosen->query.top);
    selector = (struct selector){
        .query = &chosen->query, .groups = groups, .pool.objectives = chosen->query.objectives};
    cc_packed_init(&selector.key);
    cc_packed_init(&selector.row);
    cc_run_open(&selector.run, &program, &chosen->shared, &operands);
    selector.run.complete = write_complete;
    while (cc_run_next(&selector.run, &record))
        select_from(&selector, &record);
    check_fields(&selector);
    write_groups(&selector);
    (void)cc_run_finish(&selector.run);
}

void loop_clean(void)
{
    if (selector.groups == NULL)
        return;
    source_release(selector.source);
    groups_free(selector.groups);
    member_pool_free(&selector.pool);
    cc_known_fields_free(&selector.known);
    cc_packed_free(&selector.key);
    cc_packed_free(&selector.row);
    selector = (struct selector){.query = NULL};
}

void loop_options(int argc, char **argv)
{
    struct options parsed = {0};
    struct cc_operands operands;
    cc_options_parse(&program, argc, argv, &parsed, &operands);
}
