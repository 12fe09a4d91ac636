#include "model/search/alone.h"

#include <stdlib.h>
#include <string.h>

#include "model/search/rounding.h"
#include "model/serving/chunked.h"

static bool is_prefill(const struct cc_space *space)
{
    return space->serving->duty == CC_PREFILL_ALONE;
}

/* False: there is no such steady state. */
static bool alone_of(const struct cc_space *space, size_t depth, size_t micro, struct cc_alone *alone)
{
    const struct cc_batch *batch = space->batch;
    const enum cc_pass pass = is_prefill(space) ? CC_PASS_PREFILL : CC_PASS_GENERATE;
    const struct cc_pace pace = cc_space_pace(space, depth, pass, batch->micro[micro]);
    const int64_t requests = cc_micro_batch(space->batches, batch, micro);
    *alone = (struct cc_alone){.mapping = {.place = space->depth[depth].place,
                                           .prefill_micro_batch = requests,
                                           .micro_batch = requests,
                                           .sub_systems = 1}};
    if (space->serving->duty == CC_CHUNKED) {
        const struct cc_pace mixed = cc_space_pace(space, depth, CC_PASS_MIXED, batch->micro[micro]);
        struct cc_reject reject;
        if (!cc_chunks_keep_up(space->serving, (double)requests, &reject))
            return false;
        alone->point = cc_chunked_point(space->serving, &alone->mapping, batch->requests, &mixed, &pace);
        return true;
    }
    alone->point = cc_alone_point_of(space->serving, &alone->mapping, batch->requests, &pace);
    return true;
}

void cc_space_each_alone(struct cc_space *space, size_t batches, void (*meet)(void *, const struct cc_alone *),
                         void *context)
{
    for (size_t index = 0; index < batches; index++) {
        cc_space_take_batch(space, index);
        for (size_t depth = 0; depth < space->count; depth++) {
            if (!cc_space_holds(space, depth))
                continue;
            const size_t last = space->batch->count - 1;
            for (size_t micro = is_prefill(space) ? last : 0; micro <= last; micro++) {
                struct cc_alone alone;
                if (alone_of(space, depth, micro, &alone))
                    meet(context, &alone);
            }
        }
    }
}

static double joules_of(const struct cc_point *point)
{
    return (point->prefill_energy_j + point->generate_energy_j) / (double)point->batch;
}

static double token_s(const struct cc_point *point)
{
    return point->generate_tokens_per_s > 0 ? (double)point->batch / point->generate_tokens_per_s : 0;
}

static struct cc_merit merit_of(const struct cc_point *point)
{
    return (struct cc_merit){
        .j = joules_of(point),
        .output_share = 1 - point->input_share,
        .requests_per_s = point->requests_per_s,
        .ttft_s = point->ttft_s,
        .generate_s = point->generate_latency_s,
        .token_s = token_s(point),
        .worst_tpot_s = point->worst_tpot_s,
    };
}

/* Whether the first is at least as good in everything, whatever the prices of time and energy; figures of the other
 * phase are 0. Where passes are mixed, input and output tokens have each their share of the cost. */
static bool covers(const struct cc_merit *a, const struct cc_merit *b)
{
    return a->requests_per_s >= b->requests_per_s && a->j <= b->j && a->ttft_s <= b->ttft_s &&
           a->generate_s <= b->generate_s && a->token_s <= b->token_s && a->worst_tpot_s <= b->worst_tpot_s &&
           a->output_share * b->requests_per_s <= b->output_share * a->requests_per_s &&
           a->output_share * a->j <= b->output_share * b->j;
}

static struct cc_times times_of(const struct cc_point *point)
{
    return (struct cc_times){.s = {[CC_TIME_GENERATE] = point->generate_latency_s,
                                   [CC_TIME_TTFT] = point->ttft_s,
                                   [CC_TIME_TPOT] = token_s(point)}};
}

/* What a request costs, at a demand that a factor makes a little more or less (objectives.h). */
static double usd_of(const struct cc_passing *passing, const struct cc_serving *serving, const struct cc_point *point,
                     double slack)
{
    const double requests = (double)point->batch, tokens = (double)serving->workload.generate_len;
    const struct cc_batch_work work = {requests, tokens, requests / point->requests_per_s, requests * joules_of(point)};
    return cc_objective_usd(&passing->objectives, true, passing->prices, work, slack);
}

static bool keeps_limits(const struct cc_objectives *objectives, const struct cc_times *times, double slack)
{
    for (size_t t = 0; t < CC_TIMES; t++)
        if (times->s[t] > objectives->most_s[t] * slack)
            return false;
    return true;
}

static bool is_passed_over(const struct cc_passing *passing, const struct cc_serving *serving,
                           const struct cc_point *point)
{
    const struct cc_times times = times_of(point);
    if (!keeps_limits(&passing->objectives, &times, 1 + CC_ROUNDING))
        return true;
    return passing->known.count > 0 &&
           cc_known_usd(&passing->known, &times) < usd_of(passing, serving, point, 1 - CC_ROUNDING) * (1 - CC_ROUNDING);
}

void cc_passing_open(struct cc_passing *passing, const struct cc_objectives *objectives)
{
    passing->objectives = *objectives;
    memcpy(passing->known.time, objectives->time, sizeof passing->known.time);
}

void cc_passing_learn(struct cc_passing *passing, const struct cc_serving *serving, const struct cc_point *point)
{
    const struct cc_times times = times_of(point);
    if (passing->objectives.cost && keeps_limits(&passing->objectives, &times, 1 - CC_ROUNDING))
        cc_known_insert(&passing->known, usd_of(passing, serving, point, 1 + CC_ROUNDING), &times);
}

struct meeting {
    const struct cc_serving *serving;
    struct cc_passing *passing; /* NULL: none is left out */
    struct cc_alones *found;
    size_t last; /* the one that covered the mapping before: likely this one too */
    bool full;
};

static bool is_covered(struct meeting *meeting, const struct cc_merit *merit)
{
    const struct cc_alones *found = meeting->found;
    if (meeting->last < found->count && covers(&found->merit[meeting->last], merit))
        return true;
    for (size_t i = 0; i < found->count; i++)
        if (covers(&found->merit[i], merit)) {
            meeting->last = i;
            return true;
        }
    return false;
}

/* Drops the mappings that one covers. */
static void drop_covered(struct cc_alones *found, const struct cc_merit *merit)
{
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (covers(merit, &found->merit[i]))
            continue;
        if (kept < i) {
            found->list[kept] = found->list[i];
            found->merit[kept] = found->merit[i];
        }
        kept++;
    }
    found->count = kept;
}

/* Takes a mapping in, and drops those that it covers, unless one covers it. */
static void meet(void *context, const struct cc_alone *alone)
{
    struct meeting *meeting = context;
    struct cc_alones *found = meeting->found;
    if (meeting->passing != NULL && is_passed_over(meeting->passing, meeting->serving, &alone->point)) {
        meeting->passing->passed = true;
        return;
    }
    const struct cc_merit merit = merit_of(&alone->point);
    if (is_covered(meeting, &merit))
        return;
    drop_covered(found, &merit);
    meeting->full |= found->count == CC_ALONE_MAX;
    if (!meeting->full) {
        found->list[found->count] = *alone;
        found->merit[found->count++] = merit;
    }
}

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_alones(const void *left, const void *right)
{
    const struct cc_point *a = &((const struct cc_alone *)left)->point, *b = &((const struct cc_alone *)right)->point;
    int order = (a->batch > b->batch) - (a->batch < b->batch);
    if (order == 0)
        order = compare(a->ttft_s + a->generate_latency_s, b->ttft_s + b->generate_latency_s);
    if (order == 0)
        order = compare(b->requests_per_s, a->requests_per_s);
    return order != 0 ? order : compare(joules_of(a), joules_of(b));
}

bool cc_space_alone(struct cc_space *space, size_t batches, struct cc_passing *passing, struct cc_alones *found)
{
    struct meeting meeting = {space->serving, passing, found, 0, false};
    found->count = 0;
    cc_space_each_alone(space, batches, meet, &meeting);
    qsort(found->list, found->count, sizeof found->list[0], compare_alones);
    return !meeting.full;
}
