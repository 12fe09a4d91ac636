#include "pruning.h"

#include <string.h>

#include "cli/demand.h"
#include "stream/path.h"

static const char *const time_columns[CC_TIMES] = {
    [CC_TIME_GENERATE] = "generate_latency_s",
    [CC_TIME_PREFILL] = "prefill_latency_s",
    [CC_TIME_TTFT] = "ttft_s",
    [CC_TIME_TPOT] = "tpot_s",
};

/* A time by its column; CC_TIMES: none. */
static size_t time_named(struct cc_text column)
{
    size_t t = 0;
    while (t < CC_TIMES && !cc_text_is(column, time_columns[t]))
        t++;
    return t;
}

/* Takes a cost, then times. */
static bool take_columns(struct pruning *pruning, const char *list)
{
    struct cc_text column;
    if (!cc_next_in_list(&list, &column))
        return false;
    pruning->demanded = cc_text_is(column, "demand_usd_per_output_token");
    if (!pruning->demanded && !cc_text_is(column, "usd_per_output_token"))
        return false;
    memset(pruning->time, 0, sizeof pruning->time);
    while (cc_next_in_list(&list, &column)) {
        const size_t t = time_named(column);
        if (t == CC_TIMES || pruning->time[t])
            return false;
        pruning->time[t] = true;
    }
    return true;
}

bool pruning_parse_frontier(const char *text, void *member, struct cc_error *error)
{
    struct pruning *pruning = member;
    pruning->frontier = take_columns(pruning, text);
    return pruning->frontier ||
           cc_fail(error, CC_USAGE,
                   "--frontier %s: expected usd_per_output_token or demand_usd_per_output_token, then any of "
                   "generate_latency_s, prefill_latency_s, ttft_s, tpot_s",
                   text);
}

/* The time that a condition limits; CC_TIMES: it is none that bounds a time from above. */
static size_t limited_time(const struct cc_condition *condition)
{
    struct cc_text column = condition->path;
    const size_t skip = strlen("point.");
    if (!cc_text_starts(column, "point.") || !condition->numeric ||
        (condition->relation != CC_LESS && condition->relation != CC_LESS_EQUAL))
        return CC_TIMES;
    column.s += skip;
    column.len -= skip;
    return time_named(column);
}

bool pruning_parse_where(const char *text, void *member, struct cc_error *error)
{
    struct pruning *pruning = member;
    if (!cc_conditions_parse(text, &pruning->where, error))
        return false;
    for (size_t i = 0; i < pruning->where.count; i++)
        if (limited_time(&pruning->where.condition[i]) == CC_TIMES)
            return cc_fail(error, CC_USAGE,
                           "--where %s: expected limits on times: point.ttft_s<=NUMBER, or tpot_s, "
                           "generate_latency_s, prefill_latency_s",
                           text);
    return true;
}

bool pruning_parse_demand(const char *text, void *member, struct cc_error *error)
{
    struct pruning *pruning = member;
    return cc_demand_parse(text, &pruning->demand, error);
}

static bool has_demand(const struct pruning *pruning)
{
    return pruning->demand.tokens_per_s > 0 || pruning->demand.requests_per_s > 0;
}

bool pruning_check(const struct pruning *pruning, struct cc_error *error)
{
    if (pruning->demanded && !has_demand(pruning))
        return cc_fail(error, CC_USAGE, "--frontier demand_usd_per_output_token: expected --demand, as of tco-eval");
    if (has_demand(pruning) && !pruning->demanded)
        return cc_fail(error, CC_USAGE, "--demand: expected --frontier demand_usd_per_output_token with it");
    return true;
}

bool pruning_asked(const struct pruning *pruning)
{
    return pruning->frontier || pruning->where.count > 0;
}

bool pruning_by_levels(const struct pruning *pruning)
{
    bool levels = pruning->frontier && !pruning->time[CC_TIME_GENERATE];
    for (size_t t = 0; t < CC_TIMES; t++)
        levels |= pruning->time[t] && t != CC_TIME_GENERATE;
    return levels || pruning->where.count > 0;
}

bool pruning_of_phases(const struct pruning *pruning)
{
    bool there = (!pruning->frontier || pruning->demanded) && !pruning->time[CC_TIME_PREFILL];
    for (size_t i = 0; i < pruning->where.count; i++)
        there &= limited_time(&pruning->where.condition[i]) != CC_TIME_PREFILL;
    return there;
}

struct cc_objectives pruning_objectives(const struct pruning *pruning, struct cc_workload workload, int64_t parts)
{
    struct cc_objectives objectives = cc_objectives_default();
    objectives.cost = pruning->frontier;
    memcpy(objectives.time, pruning->time, sizeof objectives.time);
    for (size_t i = 0; i < pruning->where.count; i++) {
        const struct cc_condition *condition = &pruning->where.condition[i];
        double *most_s = &objectives.most_s[limited_time(condition)];
        *most_s = fmin(*most_s, condition->number);
    }
    objectives.demand_tokens_per_s =
        pruning->demand.tokens_per_s + pruning->demand.requests_per_s * (double)workload.generate_len;
    objectives.parts = (double)parts;
    return objectives;
}
