#include "counts.h"

#include <math.h>
#include <stdlib.h>

static int compare_int64(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

size_t divisors(int64_t n, int64_t *list)
{
    size_t count = 0;
    for (int64_t d = 1; d <= n; d++)
        if (n % d == 0)
            list[count++] = d;
    return count;
}

static struct counts sorted(int64_t *list, size_t count)
{
    size_t kept = 0;
    qsort(list, count, sizeof *list, compare_int64);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || list[i] != list[kept - 1])
            list[kept++] = list[i];
    return (struct counts){list, kept, 0, NULL};
}

static size_t alternatives_of_servers(const struct mapper *m)
{
    return (size_t)cc_alternatives_count(m->subject->num_servers);
}

/* The numbers of servers that the system's alternatives come to. None holds the model: `reject` says so. */
static struct counts count_servers(struct mapper *m, const struct cc_system_input *system, struct cc_reject *reject)
{
    struct cc_system_input in = *system;
    const struct cc_power power = {m->served.part.tdp_w, m->served.part.tdp_w};
    const double tco_usd = cc_tco_of(&m->rates, m->served.part.cost_usd, power).total_usd;
    size_t count = 0;
    for (size_t i = 0; i < alternatives_of_servers(m); i++) {
        if (m->subject->num_servers != NULL)
            in.num_servers = cc_alternatives_int(m->subject->num_servers, i);
        count += cc_system_servers(&in, &m->subject->model.llm, m->served.serving.server_memory_bytes, tco_usd,
                                   &m->server_counts[count], reject);
    }
    return sorted(m->server_counts, count);
}

bool lists_servers(const struct mapper *m, const struct cc_system_input *in)
{
    return isnan(in->kv_cache_ratio) && in->max_ctx_len_batch_1 == CC_NO_INT && !(in->instances_per_server > 1) &&
           (m->subject->num_servers != NULL || in->num_servers != CC_NO_INT);
}

struct counts listed_servers(struct mapper *m, const struct cc_system_input *in)
{
    const size_t count = alternatives_of_servers(m);
    int64_t *list = cc_arena_take(&m->subject->model.file.arena, count * sizeof *list);
    if (list == NULL)
        fail_memory(m);
    for (size_t i = 0; i < count; i++)
        list[i] = m->subject->num_servers == NULL ? in->num_servers : cc_alternatives_int(m->subject->num_servers, i);
    return sorted(list, count);
}

struct counts counts_of(struct mapper *m, const struct cc_system_input *in, const struct cc_pruner *pruner,
                        struct cc_reject *reject)
{
    const double bytes = m->subject->model.llm.bytes;
    for (size_t i = 0; pruner != NULL && i < pruner->count_count; i++)
        if ((double)pruner->counts[i] * m->served.serving.server_memory_bytes >= bytes)
            return (struct counts){pruner->counts + i, pruner->count_count - i, i, pruner->open + i};
    return count_servers(m, in, reject);
}
