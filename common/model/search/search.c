#include "model/search/search.h"

#include <stdlib.h>
#include <string.h>

#include "model/serving/sub_system.h"

void cc_space_begin(struct cc_space *space, const struct cc_serving *serving, const struct cc_batches *batches)
{
    space->serving = serving;
    space->batches = batches;
    space->loops = cc_lane_loops()[0];
    (void)cc_sites_begin(&space->sites, serving, batches); /* cc_space_open says so when it has failed */
}

void cc_space_end(struct cc_space *space)
{
    cc_sites_end(&space->sites);
}

static inline double lesser(double a, double b)
{
    return a < b ? a : b;
}

/* Lists the sites that have room for any batch. Returns for how many at most. */
static size_t list_depths(struct cc_space *space, const struct cc_site_list *list)
{
    size_t most = 0;
    space->count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct cc_site *site = &list->site[i];
        const size_t batches = cc_site_batches(&space->sites, site);
        if (batches == 0)
            continue;
        space->depth[space->count++] = (struct cc_depth){site->place, batches, 0, site};
        most = batches > most ? batches : most;
    }
    return most;
}

/* Gives each depth a lane: first those that have room for the most batches. */
static void give_lanes(struct cc_space *space)
{
    size_t before[CC_AXIS_MAX + 1] = {0}; /* of as many batches, the next lane */
    for (size_t d = 0; d < space->count; d++)
        before[space->depth[d].batches - 1]++;
    for (size_t b = CC_AXIS_MAX; b > 0; b--)
        before[b - 1] += before[b];
    for (size_t d = 0; d < space->count; d++) {
        const size_t lane = before[space->depth[d].batches]++;
        space->depth[d].lane = lane;
        space->lane_depth[lane] = d;
    }
    space->width = cc_padded(space->count);
}

/* Every micro-batch of a depth: of its batches, the largest of which is its own largest micro-batch. */
static void simulate(struct cc_space *space, const struct cc_depth *depth, struct cc_pipeline *pipeline)
{
    const struct cc_batch *largest = &space->batches->batch[depth->batches - 1];
    const size_t count = largest->micro[largest->count - 1] + 1, width = space->width;
    const struct cc_site *site = depth->site;
    cc_sites_time(&space->sites, site->stage);
    cc_sites_lay(&space->sites, site);
    for (size_t pass = 0; pass < cc_sites_passes(&space->sites); pass++) {
        double *row = &space->pace[pass][depth->lane];
        const struct cc_pace_rows paces = {row + CC_THROUGH_S * width, row + CC_INTERVAL_S * width,
                                           row + CC_PASS_J * width, CC_PACE_ROWS * width};
        cc_rows_paces(pipeline, &site->stage->pieces[pass], site->hop_s[pass], count, &paces);
    }
}

size_t cc_space_open(struct cc_space *space, const int64_t *depths, size_t count, int64_t num_servers)
{
    const struct cc_site_list *list =
        space->sites.alike == NULL ? NULL : cc_sites_of(&space->sites, depths, count, num_servers);
    if (list == NULL)
        return CC_SPACE_FAILED;
    struct cc_pipeline pipeline;
    cc_pipeline_lay(&pipeline, space->serving, &space->sites.stages);
    space->num_servers = num_servers;
    const size_t most = list_depths(space, list);
    give_lanes(space);
    for (size_t d = 0; d < space->count; d++)
        simulate(space, &space->depth[d], &pipeline);
    return most;
}

/* The rows of a figure of a micro-batch of the current batch. */
static double *figures(struct cc_space *space, enum cc_outcome_row row, size_t i)
{
    return &space->outcome[(i * CC_OUTCOME_ROWS + (size_t)row) * space->width];
}

/* Without an energy model. */
static void fill_busy(struct cc_space *space, size_t i)
{
    const struct cc_serving *serving = space->serving;
    const struct cc_batch *batch = space->batch;
    const double requests = (double)batch->requests;
    for (size_t lane = 0; lane < space->held; lane++) {
        const size_t d = space->lane_depth[lane];
        const struct cc_pace prefill = cc_space_pace(space, d, CC_PASS_PREFILL, batch->micro[i]);
        const struct cc_pace generate = cc_space_pace(space, d, CC_PASS_GENERATE, batch->micro[i]);
        const struct cc_outcome p = cc_prefill_outcome(serving, &prefill, requests, batch->passes[i]);
        const struct cc_outcome g = cc_generate_outcome(serving, &generate, requests, batch->passes[i]);
        figures(space, CC_PREFILL_S, i)[lane] = p.s;
        figures(space, CC_PREFILL_J, i)[lane] = p.j;
        figures(space, CC_GENERATE_S, i)[lane] = g.s;
        figures(space, CC_GENERATE_J, i)[lane] = g.j;
    }
}

static void fill_with_energy(struct cc_space *space, size_t i)
{
    const struct cc_batch *batch = space->batch;
    const size_t width = space->width, lanes = cc_padded(space->held), at = batch->micro[i] * CC_PACE_ROWS * width;
    space->loops->prefill(&space->pace[CC_PASS_PREFILL][at], batch->passes[i], width, lanes,
                          figures(space, CC_PREFILL_S, i), figures(space, CC_PREFILL_J, i));
    space->loops->generate(&space->pace[CC_PASS_GENERATE][at], batch->passes[i], space->serving->steps, width, lanes,
                           figures(space, CC_GENERATE_S, i), figures(space, CC_GENERATE_J, i));
}

/* Outcomes of the current batch at all depths. */
static void fill(struct cc_space *space)
{
    for (size_t i = 0; i < space->batch->count; i++) {
        if (space->serving->energy_model)
            fill_with_energy(space, i);
        else
            fill_busy(space, i);
        for (size_t lane = 0; space->sub_systems > 1 && lane < space->held; lane++) {
            figures(space, CC_PREFILL_S, i)[lane] = space->on_sub_systems.s;
            figures(space, CC_PREFILL_J, i)[lane] = space->on_sub_systems.j;
        }
    }
}

void cc_space_take_batch(struct cc_space *space, size_t index)
{
    space->batch = &space->batches->batch[index];
    const int64_t requests = space->batch->requests;
    space->sub_systems = cc_sub_systems(space->serving, space->num_servers, requests);
    if (space->sub_systems > 1)
        space->on_sub_systems =
            cc_sub_systems_outcome(space->serving, space->num_servers, space->sub_systems, requests);
    space->held = space->count;
    while (space->held > 0 && space->depth[space->lane_depth[space->held - 1]].batches <= index)
        space->held--;
    if (space->serving->duty == CC_BOTH_PHASES)
        fill(space);
}

/* The least that any micro-batch of the axis up to the last of the batch takes. */
struct least {
    double through_s, rest_s, request_s, request_j;
};

static struct least least_of(const struct cc_space *space, size_t depth, enum cc_pass pass)
{
    const struct cc_batch *batch = space->batch;
    struct least least = {INFINITY, INFINITY, INFINITY, INFINITY};
    for (size_t i = 0; i <= batch->micro[batch->count - 1]; i++) {
        const struct cc_pace pace = cc_space_pace(space, depth, pass, i);
        const double requests = space->batches->axis.requests[i];
        least.through_s = lesser(pace.through_s, least.through_s);
        least.rest_s = lesser(pace.through_s - pace.interval_s, least.rest_s);
        least.request_s = lesser(pace.interval_s / requests, least.request_s);
        least.request_j = lesser(pace.j / requests, least.request_j);
    }
    return least;
}

/* No micro-batch m of a batch b takes less: through(m) + (b/m - 1) interval(m) is the rest of through(m), and
 * interval(m) for b/m times. */
struct cc_bounds cc_space_bounds(const struct cc_space *space, size_t depth)
{
    const double requests = (double)space->batch->requests, steps = space->serving->steps;
    const bool energy = space->serving->energy_model;
    const struct least p = least_of(space, depth, CC_PASS_PREFILL), g = least_of(space, depth, CC_PASS_GENERATE);
    const struct cc_pace pace = {g.through_s, g.request_s, g.request_j};
    struct cc_outcome prefill = {p.rest_s + requests * p.request_s, energy ? requests * p.request_j : 0};
    if (space->sub_systems > 1)
        prefill = space->on_sub_systems;
    return (struct cc_bounds){prefill.s, cc_generate_s(&pace, requests, steps),
                              prefill.j + (energy ? cc_generate_j(&pace, requests, steps) : 0)};
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

double cc_choice_ttft_s(const struct cc_space *space, const struct cc_choice *choice)
{
    const struct cc_batch *batch = space->batch;
    const size_t prefill = (size_t)choice->prefill;
    if (space->sub_systems > 1)
        return cc_space_at(space, choice->depth, CC_PREFILL_S, prefill);
    const struct cc_pace pace = cc_space_pace(space, choice->depth, CC_PASS_PREFILL, batch->micro[prefill]);
    return cc_mean_ttft_s(&pace, batch->passes[prefill]);
}

struct cc_point cc_choice_point(const struct cc_space *space, const struct cc_choice *choice)
{
    const size_t depth = choice->depth, generate = (size_t)choice->generate;
    const struct cc_mapping mapping = cc_choice_mapping(space, choice);
    const struct cc_outcome p = cc_space_prefill(space, depth, (size_t)choice->prefill);
    const struct cc_outcome g = cc_space_generate(space, depth, generate);
    const struct cc_pace pace = cc_space_pace(space, depth, CC_PASS_GENERATE, space->batch->micro[generate]);
    struct cc_point point = cc_point_of(space->serving, &mapping, space->batch->requests, &p, &g, &pace);
    point.ttft_s = cc_choice_ttft_s(space, choice);
    return point;
}

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

static struct cc_choice choice_of(const struct cc_space *space, size_t depth, size_t prefill, size_t generate)
{
    const struct cc_outcome p = cc_space_prefill(space, depth, prefill), g = cc_space_generate(space, depth, generate);
    return (struct cc_choice){depth, (int)prefill, (int)generate, p.s + g.s, p.j + g.j};
}

static bool before(struct cc_outcome a, struct cc_outcome b)
{
    return a.s < b.s || (a.s == b.s && a.j < b.j);
}

/* The best pair of micro-batches at a depth, which holds the batch. The prefill micro-batch is at most the other: going
 * up, the best prefill so far is remembered. */
static struct scored best_of_depth(const struct cc_space *space, size_t depth, struct cc_weights w)
{
    struct scored best = {.score = INFINITY};
    struct cc_outcome kept = {INFINITY, INFINITY}; /* the best prefill so far */
    double kept_score = INFINITY;
    size_t kept_at = 0;
    for (size_t i = 0; i < space->batch->count; i++) {
        const struct cc_outcome p = cc_space_prefill(space, depth, i), g = cc_space_generate(space, depth, i);
        const double prefill_score = w.prefill_s * p.s + w.j * p.j;
        if (prefill_score < kept_score || (prefill_score == kept_score && before(p, kept))) {
            kept_score = prefill_score;
            kept = p;
            kept_at = i;
        }
        const double score = kept_score + (w.generate_s * g.s + w.j * g.j);
        if (score > best.score)
            continue;
        const struct scored found = {{depth, (int)kept_at, (int)i, kept.s + g.s, kept.j + g.j}, score};
        if (i == 0 || better(&found, &best))
            best = found;
    }
    return best;
}

/* The best of all depths, by the least of each. */
static struct scored best_of(const struct cc_space *space, const double *least, struct cc_weights w)
{
    struct scored best = {.score = INFINITY};
    bool any = false;
    double lowest = INFINITY;
    for (size_t lane = 0; lane < space->held; lane++)
        lowest = lesser(least[lane], lowest);
    for (size_t lane = 0; lane < space->held; lane++) {
        if (least[lane] > lowest)
            continue;
        const struct scored found = best_of_depth(space, space->lane_depth[lane], w);
        if (!any || better(&found, &best))
            best = found;
        any = true;
    }
    return best;
}

/* Scores of every depth, and the least of each. */
static void score(struct cc_space *space, struct cc_weights w)
{
    space->loops->score(space->outcome, space->batch->count, space->width, cc_padded(space->held), w, space->kept,
                        space->least, space->scores);
}

static struct scored best_at(struct cc_space *space, struct cc_weights w)
{
    score(space, w);
    return best_of(space, space->least, w);
}

/* The least of a figure of each depth. */
static void find_least(struct cc_space *space, enum cc_outcome_row row, double *least)
{
    space->loops->least(space->outcome, row, space->batch->count, space->width, cc_padded(space->held), least);
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
    const struct cc_weights chord = {fast->j - saving->j, fast->j - saving->j, saving->s - fast->s};
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
static struct cc_weights at_prices(struct cc_prices prices, double factor)
{
    if (isinf(factor))
        return (struct cc_weights){1, 1, 0};
    return (struct cc_weights){prices.usd_per_s * factor, prices.usd_per_s * factor, prices.usd_per_j};
}

/* Costs that differ by no more than rounding could be in either order once tco-eval has computed them. */
static const double rounding_of_cost = 1e-9;

static bool no_more(double a, double b)
{
    return a <= b * (1 + rounding_of_cost);
}

/* The mappings of a batch that are on the frontier of generate latency and cost, as far as it is known. */
struct frontier {
    struct cc_weights price;
    struct cc_frontier *known;
    struct choices kept; /* not beaten when they were met */
    size_t room;         /* for them */
};

static double usd_of(struct cc_weights price, const struct cc_choice *choice)
{
    return price.prefill_s * choice->s + price.j * choice->j;
}

/* The last prefill micro-batch, of those of the batch, that goes with one of generation. */
static size_t last_prefill(const struct cc_space *space, size_t generate)
{
    return space->sub_systems > 1 ? 0 : generate;
}

/* Every prefill that with this generation costs as little as the cheapest, or no more than rounding above. */
static void keep_cheapest(struct frontier *f, const struct cc_space *space, size_t depth, size_t generate,
                          double least_usd)
{
    for (size_t i = 0; i <= last_prefill(space, generate); i++) {
        const struct cc_choice choice = choice_of(space, depth, i, generate);
        if (no_more(usd_of(f->price, &choice), least_usd) && f->kept.count < f->room)
            f->kept.list[f->kept.count++] = choice;
    }
}

/* The mappings of a depth: for each micro-batch, the cheapest prefill, whose scores at the prices are there. */
static void meet_depth(struct frontier *f, const struct cc_space *space, size_t depth)
{
    const double *usd = &space->scores[space->depth[depth].lane];
    for (size_t i = 0; i < space->batch->count; i++, usd += space->width) {
        const double s = cc_space_at(space, depth, CC_GENERATE_S, i);
        if (cc_frontier_beats(f->known, s, *usd))
            continue;
        keep_cheapest(f, space, depth, i, *usd);
        cc_frontier_insert(f->known, s, *usd);
    }
}

/* Adds every mapping that no other beats in cost and generate latency, beyond those that are listed. The fastest depth comes first; one is
 * passed over when even the least of both that it has is beaten. Needs the least generate latency of each depth. */
static void add_frontier(struct cc_space *space, size_t first, struct cc_prices prices, struct choices *choices)
{
    const size_t listed = choices->count;
    struct frontier f = {at_prices(prices, 1), &space->known, {choices->list + listed, 0}, CC_CHOICES_MAX - listed};
    f.known->count = 0;
    score(space, f.price);
    meet_depth(&f, space, first);
    for (size_t lane = 0; lane < space->held; lane++)
        if (space->lane_depth[lane] != first && !cc_frontier_beats(f.known, space->least_s[lane], space->least[lane]))
            meet_depth(&f, space, space->lane_depth[lane]);
    for (size_t i = 0; i < f.kept.count; i++) {
        const struct cc_choice choice = f.kept.list[i];
        const double s = cc_space_at(space, choice.depth, CC_GENERATE_S, (size_t)choice.generate);
        if (!cc_frontier_beats(f.known, s, usd_of(f.price, &choice)) && !is_listed(choices->list, listed, &choice))
            choices->list[choices->count++] = choice; /* no further than it was kept */
    }
}

/* The choice of the lowest latency of one phase. */
static struct cc_choice fastest(struct cc_space *space, enum cc_outcome_row row, struct cc_weights w)
{
    find_least(space, row, space->least_s);
    return best_of(space, space->least_s, w).choice;
}

size_t cc_space_best(struct cc_space *space, struct cc_prices prices, double price_range,
                     struct cc_choice choices[CC_CHOICES_MAX])
{
    struct choices found = {choices, 0};
    const struct cc_choice saving = best_at(space, at_prices(prices, 1 / price_range)).choice;
    const struct cc_choice fast = best_at(space, at_prices(prices, price_range)).choice;
    const struct cc_choice prefill = fastest(space, CC_PREFILL_S, (struct cc_weights){1, 0, 0});
    const struct cc_choice generate = fastest(space, CC_GENERATE_S, (struct cc_weights){0, 1, 0});
    add(&found, &saving);
    add(&found, &fast);
    add_between(space, &saving, &fast, &found);
    add(&found, &prefill);
    add(&found, &generate);
    add_frontier(space, generate.depth, prices, &found);
    qsort(choices, found.count, sizeof *choices, cc_choice_compare);
    return found.count;
}

size_t cc_space_all(struct cc_space *space, struct cc_choice choices[CC_CHOICES_MAX])
{
    size_t count = 0;
    for (size_t depth = 0; depth < space->count; depth++) {
        if (!cc_space_holds(space, depth))
            continue;
        for (size_t i = 0; i < space->batch->count; i++)
            for (size_t k = 0; k <= last_prefill(space, i); k++)
                choices[count++] = choice_of(space, depth, k, i);
    }
    qsort(choices, count, sizeof *choices, cc_choice_compare);
    return count;
}
