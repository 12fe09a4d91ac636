#include "model/search/levels.h"

#include <stdlib.h>

#include "model/search/rounding.h"

/* Costs that differ by no more than rounding could be in either order once tco-eval has computed them. */
static bool beats(const struct cc_level *a, const struct cc_level *b)
{
    bool no_slower = a->most_usd < b->usd * (1 - CC_ROUNDING);
    for (size_t t = 0; t < CC_TIMES; t++)
        no_slower &= a->times.s[t] <= b->times.s[t];
    return no_slower;
}

/* Takes a choice in and drops those that it beats, unless one beats it. False when there is no room. */
static bool meet(struct cc_levels *levels, const struct cc_level *found)
{
    size_t kept = 0;
    for (size_t i = 0; i < levels->count; i++)
        if (beats(&levels->level[i], found))
            return true;
    for (size_t i = 0; i < levels->count; i++)
        if (!beats(found, &levels->level[i]))
            levels->level[kept++] = levels->level[i];
    levels->count = kept;
    if (levels->count == CC_LEVELS_MAX)
        return false;
    levels->level[levels->count++] = *found;
    return true;
}

/* The cost of a batch, at a demand that a factor makes a little more or less. */
static double usd_of(const struct cc_space *space, const struct cc_objectives *objectives, struct cc_prices prices,
                     const struct cc_choice *choice, double slack)
{
    const struct cc_batch_work work = {(double)space->batch->requests, (double)space->serving->workload.generate_len,
                                       choice->s, choice->j};
    return prices.usd_per_s * cc_objective_s(objectives, work, slack) + prices.usd_per_j * choice->j;
}

static struct cc_level level_of(const struct cc_space *space, const struct cc_objectives *objectives,
                                struct cc_prices prices, size_t depth, size_t prefill, size_t generate)
{
    const struct cc_outcome p = cc_space_prefill(space, depth, prefill), g = cc_space_generate(space, depth, generate);
    const struct cc_choice choice = {depth, (int)prefill, (int)generate, p.s + g.s, p.j + g.j};
    return (struct cc_level){
        .usd = usd_of(space, objectives, prices, &choice, 1 - CC_ROUNDING),
        .most_usd = usd_of(space, objectives, prices, &choice, 1 + CC_ROUNDING),
        .times = cc_choice_times(space, &choice),
        .choice = choice,
    };
}

static bool meet_depth(struct cc_levels *levels, const struct cc_space *space, const struct cc_objectives *objectives,
                       struct cc_prices prices, size_t depth)
{
    for (size_t generate = 0; generate < space->batch->count; generate++) {
        const size_t last = space->sub_systems > 1 ? 0 : generate;
        for (size_t prefill = 0; prefill <= last; prefill++) {
            const struct cc_level found = level_of(space, objectives, prices, depth, prefill, generate);
            if (!meet(levels, &found))
                return false;
        }
    }
    return true;
}

static bool is_listed(const struct cc_choice *list, size_t count, const struct cc_choice *choice)
{
    for (size_t i = 0; i < count; i++)
        if (cc_choice_compare(&list[i], choice) == 0)
            return true;
    return false;
}

size_t cc_space_add_levels(struct cc_space *space, const struct cc_objectives *objectives, struct cc_prices prices,
                           struct cc_levels *levels, struct cc_choice choices[CC_CHOICES_MAX], size_t count)
{
    const size_t listed = count;
    levels->count = 0;
    for (size_t depth = 0; depth < space->count; depth++)
        if (cc_space_holds(space, depth) && !meet_depth(levels, space, objectives, prices, depth))
            return 0;
    for (size_t i = 0; i < levels->count; i++)
        if (!is_listed(choices, listed, &levels->level[i].choice))
            choices[count++] = levels->level[i].choice;
    qsort(choices, count, sizeof *choices, cc_choice_compare);
    return count;
}
