#include "model/search/search.h"

#include <stdlib.h>
#include <string.h>

#include "model/serving/memory_fit.h"
#include "model/serving/sub_system.h"

/* Number of batches that fit into the memory of the place. */
static size_t batches_that_fit(const struct cc_space *space, const struct cc_stage_place *place)
{
    const struct cc_batches *batches = space->batches;
    struct cc_memory_fit fit;
    cc_memory_fit_of(&fit, space->serving, place, &space->stages);
    size_t count = 0;
    while (count < batches->count && cc_memory_fits(&fit, (double)batches->batch[count].requests))
        count++;
    return count;
}

void cc_space_begin(struct cc_space *space, const struct cc_serving *serving, const struct cc_batches *batches)
{
    space->serving = serving;
    space->batches = batches;
    for (size_t i = 0; i < CC_STAGES_MAX; i++)
        space->stage[i].place.tensor_parallel = 0;
}

/* Where a stage is kept. */
static size_t slot_of(const struct cc_stage_place *place)
{
    const int64_t key = place->tensor_parallel + 7 * (place->attention_groups - 1) + 31 * (place->expert_parallel - 1);
    return (size_t)(key % CC_STAGES_MAX);
}

/* The stages of a place, simulated with every micro-batch of the axis. */
static const struct cc_stage *stage_of(struct cc_space *space, const struct cc_stage_place *place)
{
    const struct cc_serving *serving = space->serving;
    const struct cc_axis *axis = &space->batches->axis;
    struct cc_stage *stage = &space->stage[slot_of(place)];
    struct cc_step step;
    if (cc_same_stage(&stage->place, place))
        return stage;
    stage->place = *place;
    cc_step_open(&step, serving, place, &serving->prefill);
    cc_step_pieces(&step, axis, axis->count, &stage->prefill);
    cc_step_open(&step, serving, place, &serving->generate);
    cc_step_pieces(&step, axis, axis->count, &stage->generate);
    return stage;
}

/* Every micro-batch of a depth: of its batches, the largest of which is its own largest micro-batch. */
static void simulate(struct cc_space *space, struct cc_depth *depth)
{
    const struct cc_serving *serving = space->serving;
    const struct cc_axis *axis = &space->batches->axis;
    const struct cc_batch *largest = &space->batches->batch[depth->batches - 1];
    const size_t count = largest->micro[largest->count - 1] + 1;
    const struct cc_stage *stage = stage_of(space, &depth->place);
    struct cc_pipeline pipeline;
    cc_pipeline_of(&pipeline, serving, &depth->place, &serving->prefill, &space->stages);
    cc_pieces_paces(&pipeline, &stage->prefill, axis, count, depth->prefill_pace);
    cc_pipeline_of(&pipeline, serving, &depth->place, &serving->generate, &space->stages);
    cc_pieces_paces(&pipeline, &stage->generate, axis, count, depth->generate_pace);
}

/* Adds a place, if it has room for any batch; CC_PLACES_MAX is more than any model has. Returns for how many. */
static size_t add_place(struct cc_space *space, const struct cc_stage_place *place)
{
    const size_t batches = batches_that_fit(space, place);
    if (batches == 0 || space->count == CC_PLACES_MAX)
        return 0;
    struct cc_depth *depth = &space->depth[space->count];
    depth->place = *place;
    depth->batches = batches;
    simulate(space, depth);
    space->count++;
    return depth->batches;
}

size_t cc_space_open(struct cc_space *space, const int64_t *depths, size_t count, int64_t num_servers)
{
    size_t most = 0;
    space->num_servers = num_servers;
    space->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct cc_stage_place place, layouts[CC_LAYOUTS_MAX];
        if (!cc_stage_place_of(space->serving, num_servers, depths[i], &place))
            continue;
        cc_stages_of(&space->stages, space->serving, depths[i]);
        const size_t layout_count = cc_layouts_of(space->serving, &place, layouts);
        for (size_t k = 0; k < layout_count; k++) {
            const size_t batches = add_place(space, &layouts[k]);
            most = batches > most ? batches : most;
        }
    }
    return most;
}

static inline void lower(struct cc_outcome *least, struct cc_outcome outcome)
{
    least->s = outcome.s < least->s ? outcome.s : least->s;
    least->j = outcome.j < least->j ? outcome.j : least->j;
}

/* A phase of a batch, by micro-batch. Each returns the least time and the least energy, of whichever has it. */
static struct cc_outcome prefill(const struct cc_serving *serving, const struct cc_batch *batch,
                                 const struct cc_pace *paces, struct cc_outcome *restrict outcomes)
{
    const double requests = (double)batch->requests;
    struct cc_outcome least = {INFINITY, INFINITY};
    for (size_t i = 0; i < batch->count; i++) {
        outcomes[i] = cc_prefill_outcome(serving, &paces[batch->micro[i]], requests, batch->passes[i]);
        lower(&least, outcomes[i]);
    }
    return least;
}

static struct cc_outcome generate(const struct cc_serving *serving, const struct cc_batch *batch,
                                  const struct cc_pace *paces, struct cc_outcome *restrict outcomes)
{
    const double requests = (double)batch->requests;
    struct cc_outcome least = {INFINITY, INFINITY};
    for (size_t i = 0; i < batch->count; i++) {
        outcomes[i] = cc_generate_outcome(serving, &paces[batch->micro[i]], requests, batch->passes[i]);
        lower(&least, outcomes[i]);
    }
    return least;
}

/* The outcomes of a depth for the current batch. */
static struct cc_held take_batch(struct cc_space *space, const struct cc_outcome *on_sub_systems, size_t index)
{
    const struct cc_batch *batch = space->batch;
    struct cc_depth *depth = &space->depth[index];
    const struct cc_outcome g = generate(space->serving, batch, depth->generate_pace, depth->generate);
    const struct cc_outcome p =
        on_sub_systems != NULL ? *on_sub_systems : prefill(space->serving, batch, depth->prefill_pace, depth->prefill);
    for (size_t i = 0; on_sub_systems != NULL && i < batch->count; i++)
        depth->prefill[i] = *on_sub_systems;
    return (struct cc_held){index, p.s, g.s, p.j + g.j};
}

void cc_space_take_batch(struct cc_space *space, size_t index)
{
    space->batch = &space->batches->batch[index];
    const int64_t requests = space->batch->requests;
    space->sub_systems = cc_sub_systems(space->serving, space->num_servers, requests);
    const bool split = space->sub_systems > 1;
    const struct cc_outcome on_sub_systems =
        split ? cc_sub_systems_outcome(space->serving, space->num_servers, space->sub_systems, requests)
              : (struct cc_outcome){0};
    space->held_count = 0;
    for (size_t i = 0; i < space->count; i++)
        if (space->depth[i].batches > index)
            space->held[space->held_count++] = take_batch(space, split ? &on_sub_systems : NULL, i);
}

struct cc_mapping cc_choice_mapping(const struct cc_space *space, const struct cc_choice *choice)
{
    const struct cc_batch *batch = space->batch;
    return (struct cc_mapping){
        .place = space->depth[choice->depth].place,
        .prefill_micro_batch = space->sub_systems > 1
                                   ? cc_sub_system_share(space->serving, batch->requests, space->sub_systems)
                                   : cc_micro_batch(space->batches, batch, (size_t)choice->prefill),
        .micro_batch = cc_micro_batch(space->batches, batch, (size_t)choice->generate),
        .sub_systems = space->sub_systems,
    };
}

struct cc_point cc_choice_point(const struct cc_space *space, const struct cc_choice *choice)
{
    const struct cc_depth *depth = &space->depth[choice->depth];
    const struct cc_mapping mapping = cc_choice_mapping(space, choice);
    return cc_point_of(space->serving, &mapping, space->batch->requests, &depth->prefill[choice->prefill],
                       &depth->generate[choice->generate],
                       &depth->generate_pace[space->batch->micro[choice->generate]]);
}

/* Objective of a search: seconds of prefill and of generation, and joules, each times its weight. */
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
        order = a->generate - b->generate;
    return order != 0 ? order : a->prefill - b->prefill;
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
    size_t kept = 0; /* the best prefill so far */
    double kept_score = INFINITY;
    for (size_t i = 0; i < space->batch->count; i++) {
        const struct cc_outcome *p = &depth->prefill[i], *g = &depth->generate[i];
        const double prefill_score = w.prefill_s * p->s + w.j * p->j;
        if (prefill_score < kept_score || (prefill_score == kept_score && before(p, &depth->prefill[kept]))) {
            kept_score = prefill_score;
            kept = i;
        }
        const double score = kept_score + (w.generate_s * g->s + w.j * g->j);
        if (score > best.score)
            continue;
        const struct cc_outcome *q = &depth->prefill[kept];
        const struct scored found = {{index, (int)kept, (int)i, q->s + g->s, q->j + g->j}, score};
        if (i == 0 || better(&found, &best))
            best = found;
    }
    return best;
}

/* Lower bound on the score of every mapping of a depth. */
static double bound(const struct cc_held *held, struct weights w)
{
    const double rounding = 1e-12;
    return (w.prefill_s * held->prefill_s + w.generate_s * held->generate_s + w.j * held->j) * (1 - rounding);
}

/* The best of all depths. That with the lowest bound comes first: it leaves most others out. */
static struct scored best_at(const struct cc_space *space, struct weights w)
{
    double bounds[CC_PLACES_MAX];
    size_t first = 0;
    for (size_t i = 0; i < space->held_count; i++) {
        bounds[i] = bound(&space->held[i], w);
        if (bounds[i] < bounds[first])
            first = i;
    }
    struct scored best = best_of_depth(space, space->held[first].depth, w);
    for (size_t i = 0; i < space->held_count; i++) {
        if (i == first || bounds[i] > best.score)
            continue;
        const struct scored found = best_of_depth(space, space->held[i].depth, w);
        if (better(&found, &best))
            best = found;
    }
    return best;
}

static bool same_choice(const struct cc_choice *a, const struct cc_choice *b)
{
    return a->depth == b->depth && a->generate == b->generate && a->prefill == b->prefill;
}

struct choices {
    struct cc_choice *list;
    size_t count;
};

static bool is_listed(const struct cc_choice *list, size_t count, const struct cc_choice *choice)
{
    for (size_t i = 0; i < count; i++)
        if (same_choice(&list[i], choice))
            return true;
    return false;
}

/* For the few that are best at some prices. */
static void add(struct choices *choices, const struct cc_choice *choice)
{
    if (choices->count < CC_CHOICES_MAX && !is_listed(choices->list, choices->count, choice))
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
    const struct scored found = best_at(space, chord);
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

/* The frontier of generate latency and cost while it is found: its steps known so far, latencies ascending and costs
 * descending. */
struct frontier {
    struct weights price;
    size_t count;
    struct step {
        double s, usd;
    } step[CC_PLACES_MAX * CC_AXIS_MAX];
    struct choices kept; /* not beaten when they were met */
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

/* Number of steps that are no slower. */
static size_t steps_up_to(const struct frontier *f, double s)
{
    size_t low = 0, high = f->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (f->step[middle].s <= s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether a known one is cheaper beyond rounding and no slower: latencies are those of the records, to the last bit.
 * The cheapest of those that are no slower is the last of them. */
static bool is_beaten(const struct frontier *f, double s, double usd)
{
    const size_t end = steps_up_to(f, s);
    return end > 0 && clearly_less(f->step[end - 1].usd, usd);
}

/* Puts a step in its place, and away those that it beats, unless one beats it. */
static void insert(struct frontier *f, double s, double usd)
{
    size_t at = steps_up_to(f, s);
    if (at > 0 && f->step[at - 1].usd <= usd)
        return;
    if (at > 0 && f->step[at - 1].s == s)
        at--;
    size_t end = at;
    while (end < f->count && f->step[end].usd >= usd)
        end++;
    memmove(&f->step[at + 1], &f->step[end], (f->count - end) * sizeof f->step[0]);
    f->count = f->count - (end - at) + 1;
    f->step[at] = (struct step){s, usd};
}

static double usd_of(struct weights price, const struct cc_outcome *prefill, const struct cc_outcome *generate)
{
    return price.prefill_s * (prefill->s + generate->s) + price.j * (prefill->j + generate->j);
}

/* The last prefill micro-batch, of those of the batch, that goes with one of generation. */
static size_t last_prefill(const struct cc_space *space, size_t generate)
{
    return space->sub_systems > 1 ? 0 : generate;
}

/* Every prefill that with this generation costs as little as the cheapest, or no more than rounding above. */
static void keep_cheapest(struct frontier *f, const struct cc_space *space, size_t index, size_t generate,
                          double least_usd)
{
    const struct cc_depth *depth = &space->depth[index];
    const struct cc_outcome *g = &depth->generate[generate];
    for (size_t i = 0; i <= last_prefill(space, generate); i++) {
        const struct cc_outcome *p = &depth->prefill[i];
        if (no_more(usd_of(f->price, p, g), least_usd) && f->kept.count < f->room)
            f->kept.list[f->kept.count++] = (struct cc_choice){index, (int)i, (int)generate, p->s + g->s, p->j + g->j};
    }
}

/* The mappings of a depth: for each micro-batch, the cheapest prefill. */
static void meet_depth(struct frontier *f, const struct cc_space *space, size_t index)
{
    const struct cc_depth *depth = &space->depth[index];
    double prefill_usd = INFINITY;
    for (size_t i = 0; i < space->batch->count; i++) {
        const struct cc_outcome *p = &depth->prefill[i], *g = &depth->generate[i];
        prefill_usd = fmin(prefill_usd, f->price.prefill_s * p->s + f->price.j * p->j);
        const double usd = prefill_usd + (f->price.generate_s * g->s + f->price.j * g->j);
        if (is_beaten(f, g->s, usd))
            continue;
        keep_cheapest(f, space, index, i, usd);
        insert(f, g->s, usd);
    }
}

/* Adds every mapping that no other beats in cost and generate latency, beyond those that are listed. A depth is passed
 * over when even the least of both that it could have is beaten. */
static void add_frontier(const struct cc_space *space, size_t first, struct cc_prices prices, struct choices *choices)
{
    const size_t listed = choices->count;
    struct frontier f; /* its steps are filled as it grows */
    f.price = at_prices(prices, 1);
    f.count = 0;
    f.kept = (struct choices){choices->list + listed, 0};
    f.room = CC_CHOICES_MAX - listed;
    meet_depth(&f, space, first);
    for (size_t i = 0; i < space->held_count; i++) {
        const struct cc_held *held = &space->held[i];
        if (held->depth != first && !is_beaten(&f, held->generate_s, bound(held, f.price)))
            meet_depth(&f, space, held->depth);
    }
    for (size_t i = 0; i < f.kept.count; i++) {
        const struct cc_choice choice = f.kept.list[i];
        const struct cc_depth *depth = &space->depth[choice.depth];
        const struct cc_outcome *g = &depth->generate[choice.generate];
        if (!is_beaten(&f, g->s, usd_of(f.price, &depth->prefill[choice.prefill], g)) &&
            !is_listed(choices->list, listed, &choice))
            choices->list[choices->count++] = choice; /* no further than it was kept */
    }
}

size_t cc_space_best(const struct cc_space *space, struct cc_prices prices, double price_range,
                     struct cc_choice choices[CC_CHOICES_MAX])
{
    struct choices found = {choices, 0};
    const struct cc_choice saving = best_at(space, at_prices(prices, 1 / price_range)).choice;
    const struct cc_choice fast = best_at(space, at_prices(prices, price_range)).choice;
    const struct cc_choice prefill = best_at(space, (struct weights){1, 0, 0}).choice;
    const struct cc_choice generate = best_at(space, (struct weights){0, 1, 0}).choice;
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
    for (size_t h = 0; h < space->held_count; h++) {
        const size_t index = space->held[h].depth;
        const struct cc_depth *depth = &space->depth[index];
        for (size_t i = 0; i < space->batch->count; i++) {
            const struct cc_outcome g = depth->generate[i];
            for (size_t k = 0; k <= last_prefill(space, i); k++) {
                const struct cc_outcome p = depth->prefill[k];
                choices[count++] = (struct cc_choice){index, (int)k, (int)i, p.s + g.s, p.j + g.j};
            }
        }
    }
    qsort(choices, count, sizeof *choices, compare_choices);
    return count;
}
