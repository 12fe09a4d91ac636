#include "model/search/search.h"

#include <stdlib.h>
#include <string.h>

#include "model/search/rounding.h"
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
        struct cc_site *site = &list->site[i];
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

/* Every micro-batch of a depth: of its batches, the largest of which is its own largest micro-batch. False when memory
 * has run out. */
static bool simulate(struct cc_space *space, const struct cc_depth *depth, struct cc_pipeline *pipeline)
{
    const struct cc_batch *largest = &space->batches->batch[depth->batches - 1];
    const size_t count = largest->micro[largest->count - 1] + 1, width = space->width;
    const struct cc_site *site = depth->site;
    cc_sites_lay(&space->sites, site);
    if (!cc_sites_time(&space->sites, depth->site))
        return false;
    for (size_t pass = 0; pass < cc_sites_passes(&space->sites); pass++) {
        double *row = &space->pace[pass][depth->lane];
        const struct cc_pace_rows paces = {row + CC_THROUGH_S * width, row + CC_INTERVAL_S * width,
                                           row + CC_PASS_J * width, CC_PACE_ROWS * width};
        cc_rows_paces(pipeline, &site->stage->pieces[pass], site->hop_s[pass], count, &paces);
    }
    return true;
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
        if (!simulate(space, &space->depth[d], &pipeline))
            return CC_SPACE_FAILED;
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
    return (struct cc_bounds){
        .prefill_s = prefill.s,
        .generate_s = cc_generate_s(&pace, requests, steps),
        .ttft_s = space->sub_systems > 1 ? prefill.s : p.rest_s + requests * p.request_s / 2,
        .tpot_s = steps > 0 ? cc_token_time_s(&pace, requests) : 0,
        .j = prefill.j + (energy ? cc_generate_j(&pace, requests, steps) : 0),
    };
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
    const struct cc_batch *batch = space->batch;
    const size_t prefill = (size_t)choice->prefill;
    if (space->sub_systems > 1)
        return cc_space_at(space, choice->depth, CC_PREFILL_S, prefill);
    const struct cc_pace pace = cc_space_pace(space, choice->depth, CC_PASS_PREFILL, batch->micro[prefill]);
    return cc_mean_ttft_s(&pace, batch->passes[prefill]);
}

struct cc_times cc_choice_times(const struct cc_space *space, const struct cc_choice *choice)
{
    const size_t generate = (size_t)choice->generate;
    const struct cc_pace pace = cc_space_pace(space, choice->depth, CC_PASS_GENERATE, space->batch->micro[generate]);
    return (struct cc_times){{
        [CC_TIME_GENERATE] = cc_space_at(space, choice->depth, CC_GENERATE_S, generate),
        [CC_TIME_PREFILL] = cc_space_at(space, choice->depth, CC_PREFILL_S, (size_t)choice->prefill),
        [CC_TIME_TTFT] = ttft_s(space, choice),
        [CC_TIME_TPOT] = space->serving->steps > 0 ? cc_token_time_s(&pace, space->batch->passes[generate]) : 0,
    }};
}

void cc_set_choice_point(struct cc_point *point, const struct cc_space *space, const struct cc_choice *choice)
{
    const size_t depth = choice->depth, generate = (size_t)choice->generate;
    const struct cc_mapping mapping = cc_choice_mapping(space, choice);
    const struct cc_phases phases = {
        .prefill = cc_space_prefill(space, depth, (size_t)choice->prefill),
        .generate = cc_space_generate(space, depth, generate),
        .generate_pace = cc_space_pace(space, depth, CC_PASS_GENERATE, space->batch->micro[generate]),
        .ttft_s = ttft_s(space, choice),
    };
    cc_set_point(point, space->serving, &mapping, space->batch->requests, &phases);
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

static struct cc_choice choice_of(const struct cc_space *space, size_t depth, size_t prefill, size_t generate)
{
    const struct cc_outcome p = cc_space_prefill(space, depth, prefill), g = cc_space_generate(space, depth, generate);
    return (struct cc_choice){depth, (int)prefill, (int)generate, p.s + g.s, p.j + g.j};
}

/* Few are sorted by hand. */
static void sort_choices(struct cc_choice *choices, size_t count)
{
    enum { FEW = 12 };
    if (count > FEW) {
        qsort(choices, count, sizeof *choices, cc_choice_compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const struct cc_choice moved = choices[i];
        size_t at = i;
        for (; at > 0 && cc_choice_compare(&choices[at - 1], &moved) > 0; at--)
            choices[at] = choices[at - 1];
        choices[at] = moved;
    }
}

static bool before(struct cc_outcome a, struct cc_outcome b)
{
    return a.s < b.s || (a.s == b.s && a.j < b.j);
}

/* Scores of the micro-batches of generation, each with the best prefill: those of a lane in a row every `stride`. Of
 * each lane the least, of all lanes the lowest, and the first and the last lane that have it. */
struct scores {
    struct cc_weights weights;
    const double *score, *least;
    size_t stride;
    double lowest;
    size_t first, last; /* lanes; those between may have it */
};

/* The best prefill micro-batch of those up to one. */
static size_t best_prefill(const struct cc_space *space, size_t depth, struct cc_weights w, size_t last)
{
    struct cc_outcome kept = cc_space_prefill(space, depth, 0);
    double kept_score = w.prefill_s * kept.s + w.j * kept.j;
    size_t kept_at = 0;
    for (size_t i = 1; i <= last; i++) {
        const struct cc_outcome p = cc_space_prefill(space, depth, i);
        const double score = w.prefill_s * p.s + w.j * p.j;
        if (score > kept_score || (score == kept_score && !before(p, kept)))
            continue;
        kept_score = score;
        kept = p;
        kept_at = i;
    }
    return kept_at;
}

/* The best of the pairs of micro-batches in a lane that have the lowest score. */
static struct cc_choice best_of_lane(const struct cc_space *space, size_t lane, const struct scores *scores)
{
    const size_t depth = space->lane_depth[lane];
    struct cc_choice best = {0};
    bool any = false;
    for (size_t i = 0; i < space->batch->count; i++) {
        if (scores->score[i * scores->stride + lane] != scores->lowest)
            continue;
        const struct cc_choice found = choice_of(space, depth, best_prefill(space, depth, scores->weights, i), i);
        if (!any || cc_choice_compare(&found, &best) < 0)
            best = found;
        any = true;
    }
    return best;
}

/* The best of all lanes. */
static struct cc_choice best_of(const struct cc_space *space, const struct scores *scores)
{
    struct cc_choice best = best_of_lane(space, scores->first, scores);
    for (size_t lane = scores->first + 1; lane <= scores->last; lane++) {
        if (scores->least[lane] > scores->lowest)
            continue;
        const struct cc_choice found = best_of_lane(space, lane, scores);
        if (cc_choice_compare(&found, &best) < 0)
            best = found;
    }
    return best;
}

static void find_lowest(const struct cc_space *space, struct scores *scores)
{
    const double *least = scores->least;
    const size_t held = space->held;
    double lowest = least[0];
    size_t first = 0, last = 0;
    for (size_t lane = 1; lane < held; lane++)
        if (least[lane] <= lowest) {
            first = least[lane] < lowest ? lane : first;
            last = lane;
            lowest = least[lane];
        }
    scores->lowest = lowest;
    scores->first = first;
    scores->last = last;
}

/* Scores of every depth. */
static struct scores score(struct cc_space *space, struct cc_weights w)
{
    struct scores scores = {w, space->scores, space->least, space->width, 0, 0, 0};
    space->loops->score(space->outcome, space->batch->count, space->width, cc_padded(space->held), w, space->kept,
                        space->least, space->scores);
    find_lowest(space, &scores);
    return scores;
}

static struct cc_choice best_at(struct cc_space *space, struct cc_weights w)
{
    const struct scores scores = score(space, w);
    return best_of(space, &scores);
}

/* The lowest latency of a phase: the figure is the score. */
static struct scores find_fastest(struct cc_space *space, enum cc_outcome_row row, struct cc_weights w)
{
    struct scores scores = {w, figures(space, row, 0), space->least_s, CC_OUTCOME_ROWS * space->width, 0, 0, 0};
    space->loops->least(space->outcome, row, space->batch->count, space->width, cc_padded(space->held), space->least_s);
    find_lowest(space, &scores);
    return scores;
}

static struct cc_choice fastest_generate(struct cc_space *space)
{
    const struct scores scores = find_fastest(space, CC_GENERATE_S, (struct cc_weights){0, 1, 0});
    return best_of(space, &scores);
}

/* The best pair in a lane that has the lowest prefill latency: of generation every micro-batch from that of the prefill
 * on. */
static struct cc_choice fastest_prefill_of_lane(const struct cc_space *space, size_t lane, double lowest)
{
    const size_t depth = space->lane_depth[lane];
    struct cc_choice best = {0};
    bool any = false;
    size_t kept = 0;
    double kept_j = 0;
    for (size_t i = 0; i < space->batch->count; i++) {
        const struct cc_outcome p = cc_space_prefill(space, depth, i);
        const bool first = !any && p.s == lowest;
        if (first || (p.s == lowest && p.j < kept_j)) {
            kept = i;
            kept_j = p.j;
        }
        any |= first;
        const struct cc_choice found = choice_of(space, depth, kept, i);
        if (any && (first || cc_choice_compare(&found, &best) < 0))
            best = found;
    }
    return best;
}

static struct cc_choice fastest_prefill(struct cc_space *space)
{
    const struct scores scores = find_fastest(space, CC_PREFILL_S, (struct cc_weights){1, 0, 0});
    struct cc_choice best = fastest_prefill_of_lane(space, scores.first, scores.lowest);
    for (size_t lane = scores.first + 1; lane <= scores.last; lane++) {
        if (scores.least[lane] > scores.lowest)
            continue;
        const struct cc_choice found = fastest_prefill_of_lane(space, lane, scores.lowest);
        if (cc_choice_compare(&found, &best) < 0)
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
    const struct cc_weights chord = {fast->j - saving->j, fast->j - saving->j, saving->s - fast->s};
    if (!(chord.j > 0) || !(chord.generate_s > 0))
        return;
    const struct scores scores = score(space, chord);
    const double on_chord = chord.generate_s * saving->s + chord.j * saving->j;
    if (!(scores.lowest < on_chord * (1 - rounding)))
        return;
    const struct cc_choice found = best_of(space, &scores);
    add(choices, &found);
    add_between(space, saving, &found, choices);
    add_between(space, &found, fast, choices);
}

/* Weights at the prices, time dearer by a factor; an infinite one leaves out energy, 0 leaves out time. */
static struct cc_weights at_prices(struct cc_prices prices, double factor)
{
    if (isinf(factor))
        return (struct cc_weights){1, 1, 0};
    return (struct cc_weights){prices.usd_per_s * factor, prices.usd_per_s * factor, prices.usd_per_j};
}

static bool no_more(double a, double b)
{
    return a <= b * (1 + CC_ROUNDING);
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

/* Adds every mapping that no other beats in cost and generate latency, beyond those that are listed. The fastest depth
 * comes first; one is passed over when even the least of both that it has is beaten. Needs the least generate latency
 * of each depth. */
static void add_frontier(struct cc_space *space, size_t first, struct cc_prices prices, struct choices *choices)
{
    const size_t listed = choices->count;
    struct frontier f = {at_prices(prices, 1), &space->known, {choices->list + listed, 0}, CC_CHOICES_MAX - listed};
    f.known->count = 0;
    (void)score(space, f.price);
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

size_t cc_space_best(struct cc_space *space, struct cc_prices prices, double price_range,
                     struct cc_choice choices[CC_CHOICES_MAX])
{
    struct choices found = {choices, 0};
    const struct cc_choice saving = best_at(space, at_prices(prices, 1 / price_range));
    const struct cc_choice fast = best_at(space, at_prices(prices, price_range));
    const struct cc_choice prefill = fastest_prefill(space);
    const struct cc_choice generate = fastest_generate(space);
    add(&found, &saving);
    add(&found, &fast);
    add_between(space, &saving, &fast, &found);
    add(&found, &prefill);
    add(&found, &generate);
    add_frontier(space, generate.depth, prices, &found);
    sort_choices(choices, found.count);
    return found.count;
}

size_t cc_space_frontier(struct cc_space *space, struct cc_prices prices, struct cc_choice choices[CC_CHOICES_MAX])
{
    struct choices found = {choices, 0};
    add_frontier(space, fastest_generate(space).depth, prices, &found);
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
    sort_choices(choices, count);
    return count;
}
