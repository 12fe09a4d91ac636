#include "model/search/search.h"

#include <stdlib.h>
#include <string.h>

#include "model/serving/memory_fit.h"
#include "model/serving/sub_system.h"

static int64_t batch_of(int level)
{
    return (int64_t)1 << level;
}

/* How many batches 1, 2, 4, ... <= max_batch the place has room for. */
static int levels_that_fit(const struct cc_serving *serving, const struct cc_stage_place *place, int64_t max_batch)
{
    struct cc_memory_fit fit;
    cc_memory_fit_of(&fit, serving, place);
    int levels = 0;
    while (levels < CC_LEVELS_MAX && batch_of(levels) <= max_batch && cc_memory_fits(&fit, (double)batch_of(levels)))
        levels++;
    return levels;
}

/* Every micro-batch of a depth. */
static void simulate(const struct cc_serving *serving, const struct cc_axis *axis, struct cc_depth *depth)
{
    struct cc_step prefill, generate;
    cc_step_open(&prefill, serving, &depth->place, &serving->prefill);
    cc_step_open(&generate, serving, &depth->place, &serving->generate);
    cc_step_paces(&prefill, axis, (size_t)depth->levels, depth->prefill_pace);
    cc_step_paces(&generate, axis, (size_t)depth->levels, depth->generate_pace);
}

int cc_space_open(struct cc_space *space, const struct cc_serving *serving, const int64_t *depths, size_t count,
                  int64_t num_servers, int64_t max_batch)
{
    struct cc_axis axis = {0};
    int most = 0;
    for (int level = 0; level < CC_LEVELS_MAX && batch_of(level) <= max_batch; level++)
        cc_axis_add(&axis, (double)batch_of(level));
    space->serving = serving;
    space->num_servers = num_servers;
    space->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct cc_depth *depth = &space->depth[space->count];
        if (!cc_stage_place_of(serving, num_servers, depths[i], &depth->place))
            continue;
        depth->levels = levels_that_fit(serving, &depth->place, max_batch);
        if (depth->levels > 0)
            simulate(serving, &axis, depth);
        space->count += depth->levels > 0;
        most = depth->levels > most ? depth->levels : most;
    }
    return most;
}

static void lower(struct cc_outcome *least, struct cc_outcome outcome)
{
    least->s = outcome.s < least->s ? outcome.s : least->s;
    least->j = outcome.j < least->j ? outcome.j : least->j;
}

/* The outcomes of a depth at the batch in hand, by micro-batch. */
static void take_batch(const struct cc_space *space, const struct cc_outcome *on_sub_systems, struct cc_depth *depth)
{
    const struct cc_serving *serving = space->serving;
    const double batch = (double)batch_of(space->level);
    depth->least_prefill = depth->least_generate = (struct cc_outcome){INFINITY, INFINITY};
    for (int micro = 0; micro <= space->level; micro++) {
        const double micro_batches = (double)batch_of(space->level - micro);
        depth->prefill[micro] = on_sub_systems != NULL
                                    ? *on_sub_systems
                                    : cc_prefill_outcome(serving, &depth->prefill_pace[micro], batch, micro_batches);
        depth->generate[micro] = cc_generate_outcome(serving, &depth->generate_pace[micro], batch, micro_batches);
        lower(&depth->least_prefill, depth->prefill[micro]);
        lower(&depth->least_generate, depth->generate[micro]);
    }
}

void cc_space_take_batch(struct cc_space *space, int level)
{
    space->level = level;
    space->sub_systems = cc_sub_systems(space->serving, space->num_servers, batch_of(level));
    const bool split = space->sub_systems > 1;
    const struct cc_outcome on_sub_systems =
        split ? cc_sub_systems_outcome(space->serving, space->num_servers, space->sub_systems, batch_of(level))
              : (struct cc_outcome){0};
    for (size_t i = 0; i < space->count; i++)
        if (space->depth[i].levels > level)
            take_batch(space, split ? &on_sub_systems : NULL, &space->depth[i]);
}

int64_t cc_space_batch(const struct cc_space *space)
{
    return batch_of(space->level);
}

struct cc_mapping cc_choice_mapping(const struct cc_space *space, const struct cc_choice *choice)
{
    const bool split = space->sub_systems > 1;
    return (struct cc_mapping){
        .place = space->depth[choice->depth].place,
        .prefill_micro_batch = split ? cc_sub_system_share(space->serving, batch_of(space->level), space->sub_systems)
                                     : batch_of(choice->prefill_level),
        .micro_batch = batch_of(choice->level),
        .sub_systems = space->sub_systems,
    };
}

struct cc_point cc_choice_point(const struct cc_space *space, const struct cc_choice *choice)
{
    const struct cc_depth *depth = &space->depth[choice->depth];
    const struct cc_mapping mapping = cc_choice_mapping(space, choice);
    return cc_point_of(space->serving, &mapping, batch_of(space->level), &depth->prefill[choice->prefill_level],
                       &depth->generate[choice->level], &depth->generate_pace[choice->level]);
}

/* What is minimized: seconds of prefill and of generation, and joules, each at a weight. */
struct weights {
    double prefill_s, generate_s, j;
};

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

/* Total latency, energy, depth, micro-batch, prefill micro-batch. */
static int compare_choices(const void *left, const void *right)
{
    const struct cc_choice *a = left, *b = right;
    int order = compare(a->s, b->s);
    if (order == 0)
        order = compare(a->j, b->j);
    if (order == 0)
        order = (a->depth > b->depth) - (a->depth < b->depth);
    if (order == 0)
        order = a->level - b->level;
    return order != 0 ? order : a->prefill_level - b->prefill_level;
}

struct scored {
    struct cc_choice choice;
    double score;
};

static bool better(const struct scored *a, const struct scored *b)
{
    const int order = compare(a->score, b->score);
    return order != 0 ? order < 0 : compare_choices(&a->choice, &b->choice) < 0;
}

static bool before(const struct cc_outcome *a, const struct cc_outcome *b)
{
    return a->s < b->s || (a->s == b->s && a->j < b->j);
}

/* The best pair of micro-batches at a depth, which holds the batch. The prefill micro-batch is at most the other: going
 * up, the best prefill so far is remembered. */
static struct scored best_of_depth(const struct cc_space *space, size_t index, struct weights w)
{
    const struct cc_depth *depth = &space->depth[index];
    struct scored best = {.score = INFINITY};
    const struct cc_outcome *kept = NULL; /* the best prefill so far */
    double kept_score = INFINITY;
    for (int level = 0; level <= space->level; level++) {
        const struct cc_outcome *p = &depth->prefill[level], *g = &depth->generate[level];
        const double prefill_score = w.prefill_s * p->s + w.j * p->j;
        if (kept == NULL || prefill_score < kept_score || (prefill_score == kept_score && before(p, kept))) {
            kept_score = prefill_score;
            kept = p;
        }
        const double score = kept_score + (w.generate_s * g->s + w.j * g->j);
        if (score > best.score)
            continue;
        const struct scored found = {
            .choice = {index, (int)(kept - depth->prefill), level, kept->s + g->s, kept->j + g->j},
            .score = score,
        };
        if (level == 0 || better(&found, &best))
            best = found;
    }
    return best;
}

/* What no mapping of a depth scores below. */
static double bound(const struct cc_depth *depth, struct weights w)
{
    const double rounding = 1e-12;
    const double least = w.prefill_s * depth->least_prefill.s + w.generate_s * depth->least_generate.s +
                         w.j * (depth->least_prefill.j + depth->least_generate.j);
    return least * (1 - rounding);
}

/* The best of all depths, of which `guess` holds the batch. */
static struct scored best_at(const struct cc_space *space, size_t guess, struct weights w)
{
    struct scored best = best_of_depth(space, guess, w);
    for (size_t i = 0; i < space->count; i++) {
        const struct cc_depth *depth = &space->depth[i];
        if (i == guess || depth->levels <= space->level || bound(depth, w) > best.score)
            continue;
        const struct scored found = best_of_depth(space, i, w);
        if (better(&found, &best))
            best = found;
    }
    return best;
}

static bool same_choice(const struct cc_choice *a, const struct cc_choice *b)
{
    return a->depth == b->depth && a->level == b->level && a->prefill_level == b->prefill_level;
}

struct choices {
    struct cc_choice *list;
    size_t count;
};

static void add(struct choices *choices, const struct cc_choice *choice)
{
    for (size_t i = 0; i < choices->count; i++)
        if (same_choice(&choices->list[i], choice))
            return;
    if (choices->count < CC_CHOICES_MAX)
        choices->list[choices->count++] = *choice;
}

/* Adds the vertices of the lower hull of (time, energy) between two of them, `saving` with the lower energy and `fast`
 * with the lower time: the point furthest below their chord is the next. */
static void add_between(const struct cc_space *space, const struct cc_choice *saving, const struct cc_choice *fast,
                        struct choices *choices)
{
    const double rounding = 1e-12;
    const struct weights chord = {fast->j - saving->j, fast->j - saving->j, saving->s - fast->s};
    if (!(chord.j > 0) || !(chord.generate_s > 0))
        return;
    const struct scored found = best_at(space, fast->depth, chord);
    const double on_chord = chord.generate_s * saving->s + chord.j * saving->j;
    if (!(found.score < on_chord * (1 - rounding)))
        return;
    add(choices, &found.choice);
    add_between(space, saving, &found.choice, choices);
    add_between(space, &found.choice, fast, choices);
}

/* Weights at the prices, time dearer by a factor; an infinite one leaves out energy, 0 leaves out time. */
static struct weights at_prices(struct cc_prices prices, double factor)
{
    if (isinf(factor))
        return (struct weights){1, 1, 0};
    return (struct weights){prices.usd_per_s * factor, prices.usd_per_s * factor, prices.usd_per_j};
}

/* The frontier of generate latency and cost while it is found: what of it is known so far, by latency. */
struct frontier {
    struct weights price;
    size_t count;
    struct step {
        double s, usd;
    } step[CC_DEPTHS_MAX * CC_LEVELS_MAX];
    struct choices kept; /* not beaten when they were met; they may be overwritten by what is added of them */
    size_t room;         /* for them */
};

/* Costs that differ by no more than rounding could be in either order once tco-eval has computed them. */
static const double rounding_of_cost = 1e-9;

static bool clearly_less(double a, double b)
{
    return a < b * (1 - rounding_of_cost);
}

static bool no_more(double a, double b)
{
    return a <= b * (1 + rounding_of_cost);
}

/* Whether a known one is cheaper beyond rounding and no slower: latencies are those of the records, to the last bit.
 * The cheapest of those that are no slower is the last of them. */
static bool is_beaten(const struct frontier *f, double s, double usd)
{
    size_t end = 0;
    while (end < f->count && f->step[end].s <= s)
        end++;
    return end > 0 && clearly_less(f->step[end - 1].usd, usd);
}

/* Puts one that is not beaten in its place, and those that it beats away: latencies ascend, costs descend. */
static void insert(struct frontier *f, double s, double usd)
{
    size_t at = 0, end;
    while (at < f->count && f->step[at].s < s)
        at++;
    if (at > 0 && f->step[at - 1].usd <= usd)
        return;
    for (end = at; end < f->count && f->step[end].usd >= usd; end++)
        continue;
    if (at == end) {
        if (f->count == sizeof f->step / sizeof f->step[0])
            return;
        memmove(&f->step[at + 1], &f->step[at], (f->count - at) * sizeof f->step[0]);
        f->count++;
    } else {
        memmove(&f->step[at + 1], &f->step[end], (f->count - end) * sizeof f->step[0]);
        f->count -= end - at - 1;
    }
    f->step[at] = (struct step){s, usd};
}

static double usd_of(struct weights price, const struct cc_outcome *prefill, const struct cc_outcome *generate)
{
    return price.prefill_s * (prefill->s + generate->s) + price.j * (prefill->j + generate->j);
}

/* Every prefill that with this generation costs as little as the cheapest, or no more than rounding above. */
static void keep_cheapest(struct frontier *f, const struct cc_space *space, size_t index, int level, double least_usd)
{
    const struct cc_depth *depth = &space->depth[index];
    const struct cc_outcome *g = &depth->generate[level];
    const int last = space->sub_systems > 1 ? 0 : level;
    for (int i = 0; i <= last; i++) {
        const struct cc_outcome *p = &depth->prefill[i];
        if (no_more(usd_of(f->price, p, g), least_usd) && f->kept.count < f->room)
            f->kept.list[f->kept.count++] = (struct cc_choice){index, i, level, p->s + g->s, p->j + g->j};
    }
}

/* The mappings of a depth: for each micro-batch, the cheapest prefill. */
static void meet_depth(struct frontier *f, const struct cc_space *space, size_t index)
{
    const struct cc_depth *depth = &space->depth[index];
    double prefill_usd = INFINITY;
    for (int level = 0; level <= space->level; level++) {
        const struct cc_outcome *p = &depth->prefill[level], *g = &depth->generate[level];
        prefill_usd = fmin(prefill_usd, f->price.prefill_s * p->s + f->price.j * p->j);
        const double usd = prefill_usd + (f->price.generate_s * g->s + f->price.j * g->j);
        if (is_beaten(f, g->s, usd))
            continue;
        keep_cheapest(f, space, index, level, usd);
        insert(f, g->s, usd);
    }
}

/* Adds every mapping that no other beats in cost and generate latency. A depth is passed over when even the least of
 * both that it could have is beaten. */
static void add_frontier(const struct cc_space *space, size_t first, struct cc_prices prices, struct choices *choices)
{
    struct frontier f; /* its steps are filled as it grows */
    f.price = at_prices(prices, 1);
    f.count = 0;
    f.kept = (struct choices){choices->list + choices->count, 0};
    f.room = CC_CHOICES_MAX - choices->count;
    meet_depth(&f, space, first);
    for (size_t i = 0; i < space->count; i++) {
        const struct cc_depth *depth = &space->depth[i];
        if (i != first && depth->levels > space->level &&
            !is_beaten(&f, depth->least_generate.s, bound(depth, f.price)))
            meet_depth(&f, space, i);
    }
    for (size_t i = 0; i < f.kept.count; i++) {
        const struct cc_choice choice = f.kept.list[i];
        const struct cc_depth *depth = &space->depth[choice.depth];
        const struct cc_outcome *g = &depth->generate[choice.level];
        if (!is_beaten(&f, g->s, usd_of(f.price, &depth->prefill[choice.prefill_level], g)))
            add(choices, &choice);
    }
}

size_t cc_space_best(const struct cc_space *space, struct cc_prices prices, double price_range,
                     struct cc_choice choices[CC_CHOICES_MAX])
{
    struct choices found = {choices, 0};
    size_t guess = 0;
    while (space->depth[guess].levels <= space->level)
        guess++;
    const struct cc_choice saving = best_at(space, guess, at_prices(prices, 1 / price_range)).choice;
    const struct cc_choice fast = best_at(space, saving.depth, at_prices(prices, price_range)).choice;
    const struct cc_choice prefill = best_at(space, fast.depth, (struct weights){1, 0, 0}).choice;
    const struct cc_choice generate = best_at(space, fast.depth, (struct weights){0, 1, 0}).choice;
    add(&found, &saving);
    add(&found, &fast);
    add_between(space, &saving, &fast, &found);
    add(&found, &prefill);
    add(&found, &generate);
    add_frontier(space, generate.depth, prices, &found);
    qsort(choices, found.count, sizeof *choices, compare_choices);
    return found.count;
}

size_t cc_space_all(const struct cc_space *space, struct cc_choice choices[CC_CHOICES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < space->count; i++) {
        const struct cc_depth *depth = &space->depth[i];
        if (depth->levels <= space->level)
            continue;
        for (int level = 0; level <= space->level; level++) {
            const int last = space->sub_systems > 1 ? 0 : level;
            for (int prefill_level = 0; prefill_level <= last; prefill_level++) {
                const struct cc_outcome p = depth->prefill[prefill_level], g = depth->generate[level];
                choices[count++] = (struct cc_choice){i, prefill_level, level, p.s + g.s, p.j + g.j};
            }
        }
    }
    qsort(choices, count, sizeof *choices, compare_choices);
    return count;
}
