#include "model/search/search.h"

#include <stdlib.h>
#include <string.h>

#include "model/serving/chunked.h"
#include "model/serving/memory_fit.h"
#include "model/serving/sub_system.h"

/* Where a stage is kept. */
static size_t slot_of(const struct cc_stage_place *place)
{
    const int64_t key = place->tensor_parallel + 7 * (place->attention_groups - 1) + 31 * (place->expert_parallel - 1);
    return (size_t)(key % CC_STAGES_MAX);
}

/* Number of batches that fit into the memory of the place. */
static size_t batches_that_fit(const struct cc_space *space, const struct cc_stage_place *place)
{
    const struct cc_batches *batches = space->batches;
    struct cc_memory_fit fit;
    cc_memory_fit_of(&fit, space->serving, place, &space->stages);
    size_t count = 0;
    while (count < batches->count &&
           cc_memory_fits(&fit, cc_requests_held(space->serving, place, (double)batches->batch[count].requests)))
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
    if (serving->duty == CC_CHUNKED) {
        cc_mixed_step_open(&step, serving, place);
        cc_step_pieces(&step, axis, axis->count, &stage->mixed);
    }
    return stage;
}

static inline double lesser(double a, double b)
{
    return a < b ? a : b;
}

static void set_least(struct cc_least *restrict least, const struct cc_paces *restrict paces,
                      const struct cc_axis *restrict axis, size_t count)
{
    double through_s = INFINITY, rest_s = INFINITY, request_s = INFINITY, request_j = INFINITY;
    for (size_t i = 0; i < count; i++) {
        least->through_s[i] = through_s = lesser(paces->through_s[i], through_s);
        least->rest_s[i] = rest_s = lesser(paces->through_s[i] - paces->interval_s[i], rest_s);
        least->request_s[i] = request_s = lesser(paces->interval_s[i] / axis->requests[i], request_s);
        least->request_j[i] = request_j = lesser(paces->j[i] / axis->requests[i], request_j);
    }
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
    cc_pieces_paces(&pipeline, &stage->prefill, axis, count, &depth->prefill_pace);
    cc_pipeline_of(&pipeline, serving, &depth->place, &serving->generate, &space->stages);
    cc_pieces_paces(&pipeline, &stage->generate, axis, count, &depth->generate_pace);
    if (serving->duty == CC_CHUNKED)
        cc_mixed_paces(&pipeline, &stage->mixed, serving, axis, count, &depth->mixed_pace);
    set_least(&depth->prefill_least, &depth->prefill_pace, axis, count);
    set_least(&depth->generate_least, &depth->generate_pace, axis, count);
    depth->filled = NULL;
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

/* The paces of the micro-batches of a batch. */
static const struct cc_paces *paces_of(const struct cc_batch *batch, const struct cc_paces *all, struct cc_paces *some)
{
    if (batch->leads)
        return all;
    for (size_t i = 0; i < batch->count; i++) {
        some->through_s[i] = all->through_s[batch->micro[i]];
        some->interval_s[i] = all->interval_s[batch->micro[i]];
        some->j[i] = all->j[batch->micro[i]];
    }
    return some;
}

/* A phase of a batch, by micro-batch. With an energy model in plain loops over plain arrays, for the compiler to
 * vectorize. */
static void prefill(const struct cc_serving *serving, const struct cc_batch *restrict batch,
                    const struct cc_paces *restrict paces, struct cc_outcomes *restrict out)
{
    const double requests = (double)batch->requests;
    const size_t count = batch->count;
    if (serving->energy_model)
        for (size_t i = 0; i < count; i++) {
            const struct cc_pace pace = cc_pace_at(paces, i);
            out->s[i] = cc_prefill_s(&pace, batch->passes[i]);
            out->j[i] = cc_prefill_j(&pace, batch->passes[i]);
        }
    else
        for (size_t i = 0; i < count; i++) {
            const struct cc_pace pace = cc_pace_at(paces, i);
            cc_set_outcome(out, i, cc_prefill_outcome(serving, &pace, requests, batch->passes[i]));
        }
}

static void generate(const struct cc_serving *serving, const struct cc_batch *restrict batch,
                     const struct cc_paces *restrict paces, struct cc_outcomes *restrict out)
{
    const double requests = (double)batch->requests, steps = serving->steps;
    const size_t count = batch->count;
    if (serving->energy_model)
        for (size_t i = 0; i < count; i++) {
            const struct cc_pace pace = cc_pace_at(paces, i);
            out->s[i] = cc_generate_s(&pace, batch->passes[i], steps);
            out->j[i] = cc_generate_j(&pace, batch->passes[i], steps);
        }
    else
        for (size_t i = 0; i < count; i++) {
            const struct cc_pace pace = cc_pace_at(paces, i);
            cc_set_outcome(out, i, cc_generate_outcome(serving, &pace, requests, batch->passes[i]));
        }
}

/* The outcomes of a depth, which holds it, for the current batch. */
static const struct cc_depth *fill(struct cc_space *space, size_t index)
{
    const struct cc_batch *batch = space->batch;
    struct cc_depth *depth = &space->depth[index];
    struct cc_paces some;
    if (depth->filled == batch)
        return depth;
    depth->filled = batch;
    generate(space->serving, batch, paces_of(batch, &depth->generate_pace, &some), &depth->generate);
    if (space->sub_systems == 1)
        prefill(space->serving, batch, paces_of(batch, &depth->prefill_pace, &some), &depth->prefill);
    for (size_t i = 0; space->sub_systems > 1 && i < batch->count; i++)
        cc_set_outcome(&depth->prefill, i, space->on_sub_systems);
    return depth;
}

const struct cc_depth *cc_space_depth(struct cc_space *space, size_t held)
{
    return fill(space, space->held.depth[held]);
}

/* No micro-batch m of a batch b takes less: through(m) + (b/m - 1) interval(m) is the rest of through(m), and
 * interval(m) for b/m times. */
static struct cc_outcome prefill_bound(const struct cc_space *space, const struct cc_depth *depth, size_t last)
{
    const struct cc_least *least = &depth->prefill_least;
    const double requests = (double)space->batch->requests;
    return (struct cc_outcome){least->rest_s[last] + requests * least->request_s[last],
                               space->serving->energy_model ? requests * least->request_j[last] : 0};
}

static struct cc_outcome generate_bound(const struct cc_space *space, const struct cc_depth *depth, size_t last)
{
    const struct cc_least *least = &depth->generate_least;
    const double requests = (double)space->batch->requests, steps = space->serving->steps;
    const struct cc_pace pace = {least->through_s[last], least->request_s[last], least->request_j[last]};
    return (struct cc_outcome){cc_generate_s(&pace, requests, steps),
                               space->serving->energy_model ? cc_generate_j(&pace, requests, steps) : 0};
}

static void hold(struct cc_space *space, size_t index)
{
    struct cc_held *held = &space->held;
    const struct cc_depth *depth = &space->depth[index];
    const size_t last = space->batch->micro[space->batch->count - 1];
    const struct cc_outcome g = generate_bound(space, depth, last);
    const struct cc_outcome p = space->sub_systems > 1 ? space->on_sub_systems : prefill_bound(space, depth, last);
    held->depth[held->count] = index;
    held->prefill_s[held->count] = p.s;
    held->generate_s[held->count] = g.s;
    held->j[held->count++] = p.j + g.j;
}

void cc_space_take_batch(struct cc_space *space, size_t index)
{
    space->batch = &space->batches->batch[index];
    const int64_t requests = space->batch->requests;
    space->sub_systems = cc_sub_systems(space->serving, space->num_servers, requests);
    if (space->sub_systems > 1)
        space->on_sub_systems =
            cc_sub_systems_outcome(space->serving, space->num_servers, space->sub_systems, requests);
    space->held.count = 0;
    for (size_t i = 0; i < space->count; i++)
        if (space->depth[i].batches > index)
            hold(space, i);
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

static double ttft_s(const struct cc_space *space, const struct cc_choice *choice)
{
    const struct cc_depth *depth = &space->depth[choice->depth];
    const struct cc_batch *batch = space->batch;
    if (space->sub_systems > 1)
        return depth->prefill.s[choice->prefill];
    const struct cc_pace pace = cc_pace_at(&depth->prefill_pace, batch->micro[choice->prefill]);
    return cc_mean_ttft_s(&pace, batch->passes[choice->prefill]);
}

struct cc_times cc_choice_times(const struct cc_space *space, const struct cc_choice *choice)
{
    const struct cc_depth *depth = &space->depth[choice->depth];
    const struct cc_pace pace = cc_pace_at(&depth->generate_pace, space->batch->micro[choice->generate]);
    return (struct cc_times){{
        [CC_GENERATE_S] = depth->generate.s[choice->generate],
        [CC_PREFILL_S] = depth->prefill.s[choice->prefill],
        [CC_TTFT_S] = ttft_s(space, choice),
        [CC_TPOT_S] = space->serving->steps > 0 ? cc_token_time_s(&pace, space->batch->passes[choice->generate]) : 0,
    }};
}

struct cc_point cc_choice_point(const struct cc_space *space, const struct cc_choice *choice)
{
    const struct cc_depth *depth = &space->depth[choice->depth];
    const struct cc_mapping mapping = cc_choice_mapping(space, choice);
    const struct cc_outcome p = cc_outcome_at(&depth->prefill, (size_t)choice->prefill);
    const struct cc_outcome g = cc_outcome_at(&depth->generate, (size_t)choice->generate);
    const struct cc_pace pace = cc_pace_at(&depth->generate_pace, space->batch->micro[choice->generate]);
    struct cc_point point = cc_point_of(space->serving, &mapping, space->batch->requests, &p, &g, &pace);
    point.ttft_s = ttft_s(space, choice);
    return point;
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
int cc_choice_compare(const void *left, const void *right)
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
    return order != 0 ? order < 0 : cc_choice_compare(&a->choice, &b->choice) < 0;
}

static bool before(const struct cc_outcomes *outcomes, size_t a, size_t b)
{
    return outcomes->s[a] < outcomes->s[b] || (outcomes->s[a] == outcomes->s[b] && outcomes->j[a] < outcomes->j[b]);
}

/* The best pair of micro-batches at a depth, which holds the batch. The prefill micro-batch is at most the other: going
 * up, the best prefill so far is remembered. */
static struct scored best_of_depth(struct cc_space *space, size_t index, struct weights w)
{
    const struct cc_depth *depth = fill(space, index);
    const struct cc_outcomes *p = &depth->prefill, *g = &depth->generate;
    struct scored best = {.score = INFINITY};
    size_t kept = 0; /* the best prefill so far */
    double kept_score = INFINITY;
    for (size_t i = 0; i < space->batch->count; i++) {
        const double prefill_score = w.prefill_s * p->s[i] + w.j * p->j[i];
        if (prefill_score < kept_score || (prefill_score == kept_score && before(p, i, kept))) {
            kept_score = prefill_score;
            kept = i;
        }
        const double score = kept_score + (w.generate_s * g->s[i] + w.j * g->j[i]);
        if (score > best.score)
            continue;
        const struct cc_choice choice = {index, (int)kept, (int)i, p->s[kept] + g->s[i], p->j[kept] + g->j[i]};
        const struct scored found = {choice, score};
        if (i == 0 || better(&found, &best))
            best = found;
    }
    return best;
}

/* Lower bounds on the score of every mapping of each depth; returns the lowest. */
static double set_bounds(struct cc_held *held, struct weights w)
{
    const double rounding = 1e-12;
    double lowest = INFINITY;
    for (size_t i = 0; i < held->count; i++)
        held->bound[i] =
            (w.prefill_s * held->prefill_s[i] + w.generate_s * held->generate_s[i] + w.j * held->j[i]) * (1 - rounding);
    for (size_t i = 0; i < held->count; i++)
        lowest = lesser(held->bound[i], lowest);
    return lowest;
}

/* The best of all depths. That with the lowest bound comes first: it leaves most others out. */
static struct scored best_at(struct cc_space *space, struct weights w)
{
    struct cc_held *held = &space->held;
    const double lowest = set_bounds(held, w);
    size_t first = 0;
    while (held->bound[first] > lowest)
        first++;
    struct scored best = best_of_depth(space, held->depth[first], w);
    for (size_t i = 0; i < held->count; i++) {
        if (held->bound[i] > best.score || i == first)
            continue;
        const struct scored found = best_of_depth(space, held->depth[i], w);
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
static void add_between(struct cc_space *space, const struct cc_choice *saving, const struct cc_choice *fast,
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

/* The mappings of a batch that are on the frontier of generate latency and cost, as far as it is known. */
struct frontier {
    struct weights price;
    struct cc_frontier *known;
    struct choices kept; /* not beaten when they were met */
    size_t room;         /* for them */
};

/* Costs that differ by no more than rounding could be in either order once tco-eval has computed them. */
static const double rounding_of_cost = 1e-9;

static bool no_more(double a, double b)
{
    return a <= b * (1 + rounding_of_cost);
}

static double usd_of(struct weights price, const struct cc_depth *depth, size_t prefill, size_t generate)
{
    return price.prefill_s * (depth->prefill.s[prefill] + depth->generate.s[generate]) +
           price.j * (depth->prefill.j[prefill] + depth->generate.j[generate]);
}

/* The last prefill micro-batch, of those of the batch, that goes with one of generation. */
static size_t last_prefill(const struct cc_space *space, size_t generate)
{
    return space->sub_systems > 1 ? 0 : generate;
}

static struct cc_choice choice_of(const struct cc_space *space, size_t index, size_t prefill, size_t generate)
{
    const struct cc_depth *depth = &space->depth[index];
    return (struct cc_choice){index, (int)prefill, (int)generate,
                              depth->prefill.s[prefill] + depth->generate.s[generate],
                              depth->prefill.j[prefill] + depth->generate.j[generate]};
}

/* Every prefill that with this generation costs as little as the cheapest, or no more than rounding above. */
static void keep_cheapest(struct frontier *f, const struct cc_space *space, size_t index, size_t generate,
                          double least_usd)
{
    for (size_t i = 0; i <= last_prefill(space, generate); i++)
        if (no_more(usd_of(f->price, &space->depth[index], i, generate), least_usd) && f->kept.count < f->room)
            f->kept.list[f->kept.count++] = choice_of(space, index, i, generate);
}

/* The mappings of a depth: for each micro-batch, the cheapest prefill. */
static void meet_depth(struct frontier *f, struct cc_space *space, size_t index)
{
    const struct cc_depth *depth = fill(space, index);
    const struct cc_outcomes *p = &depth->prefill, *g = &depth->generate;
    double prefill_usd = INFINITY;
    for (size_t i = 0; i < space->batch->count; i++) {
        const double one_usd = f->price.prefill_s * p->s[i] + f->price.j * p->j[i];
        prefill_usd = one_usd < prefill_usd ? one_usd : prefill_usd;
        const double usd = prefill_usd + (f->price.generate_s * g->s[i] + f->price.j * g->j[i]);
        if (cc_frontier_beats(f->known, g->s[i], usd))
            continue;
        keep_cheapest(f, space, index, i, usd);
        cc_frontier_insert(f->known, g->s[i], usd);
    }
}

/* Adds every mapping that no other beats in cost and generate latency, beyond those that are listed. A depth is passed
 * over when even the least of both that it could have is beaten. */
static void add_frontier(struct cc_space *space, size_t first, struct cc_prices prices, struct choices *choices)
{
    const size_t listed = choices->count;
    struct frontier f = {at_prices(prices, 1), &space->known, {choices->list + listed, 0}, CC_CHOICES_MAX - listed};
    f.known->count = 0;
    meet_depth(&f, space, first);
    set_bounds(&space->held, f.price);
    for (size_t i = 0; i < space->held.count; i++) {
        const size_t depth = space->held.depth[i];
        if (depth != first && !cc_frontier_beats(f.known, space->held.generate_s[i], space->held.bound[i]))
            meet_depth(&f, space, depth);
    }
    for (size_t i = 0; i < f.kept.count; i++) {
        const struct cc_choice choice = f.kept.list[i];
        const struct cc_depth *depth = &space->depth[choice.depth];
        const size_t p = (size_t)choice.prefill, g = (size_t)choice.generate;
        if (!cc_frontier_beats(f.known, depth->generate.s[g], usd_of(f.price, depth, p, g)) &&
            !is_listed(choices->list, listed, &choice))
            choices->list[choices->count++] = choice; /* no further than it was kept */
    }
}

size_t cc_space_best(struct cc_space *space, struct cc_prices prices, double price_range,
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
    qsort(choices, found.count, sizeof *choices, cc_choice_compare);
    return found.count;
}

size_t cc_space_frontier(struct cc_space *space, struct cc_prices prices, struct cc_choice choices[CC_CHOICES_MAX])
{
    struct choices found = {choices, 0};
    const struct cc_choice generate = best_at(space, (struct weights){0, 1, 0}).choice;
    add_frontier(space, generate.depth, prices, &found);
    qsort(choices, found.count, sizeof *choices, cc_choice_compare);
    return found.count;
}

size_t cc_space_all(struct cc_space *space, struct cc_choice choices[CC_CHOICES_MAX])
{
    size_t count = 0;
    for (size_t h = 0; h < space->held.count; h++) {
        fill(space, space->held.depth[h]);
        for (size_t i = 0; i < space->batch->count; i++)
            for (size_t k = 0; k <= last_prefill(space, i); k++)
                choices[count++] = choice_of(space, space->held.depth[h], k, i);
    }
    qsort(choices, count, sizeof *choices, cc_choice_compare);
    return count;
}
