#include "model/search/prune.h"

#include <stdlib.h>
#include <string.h>

static const double margin = 1e-9; /* more than rounding */

/* Half an octave to a cell, then an eighth of it: leading bits of a significand. */
static const int cell_bits[] = {1, 3};
enum { CELL_LEVELS = sizeof cell_bits / sizeof cell_bits[0], SIGNIFICAND_BITS = 52 };

const char *cc_prune_fault(const struct cc_serving *serving)
{
    if (serving->duty != CC_BOTH_PHASES)
        return "one phase is asked for";
    if (!serving->energy_model)
        return "the energy model is off";
    if (serving->chip.weight_stationary)
        return "chips are systolic arrays";
    if (serving->sub_system_servers != CC_NO_INT)
        return "sub-systems prefill";
    if (serving->routing.two_batches)
        return "halves of a micro-batch overlap";
    if (serving->overheads.hidden_share > 0)
        return "products hide collectives";
    return NULL;
}

/* Padding that differs costs time alone. */
size_t cc_family_of(struct cc_families *families, const struct cc_serving *serving)
{
    const struct cc_serving key = cc_shape_key(serving);
    for (size_t i = 0; i < families->count; i++) {
        const size_t next = (families->latest + 1 + i) % families->count; /* they come in turn */
        if (memcmp(&families->key[next], &key, sizeof key) == 0)
            return families->latest = next;
    }
    if (families->count == CC_FAMILIES_MAX || families->bytes > families->most_bytes) {
        families->count = families->bytes = 0;
        families->generation++;
    }
    families->key[families->count] = key;
    return families->latest = families->count++;
}

static void forget_shapes(struct cc_pruner *pruner)
{
    for (size_t i = 0; i < CC_FAMILIES_MAX; i++) {
        if (pruner->shapes[i] != NULL)
            cc_arena_free(&pruner->shapes[i]->arena);
        free(pruner->shapes[i]);
        pruner->shapes[i] = NULL;
    }
    memset(pruner->cell, 0, sizeof pruner->cell);
}

void cc_prune_end(struct cc_pruner *pruner)
{
    forget_shapes(pruner);
    pruner->known.count = 0;
}

void cc_prune_set_up(struct cc_pruner *pruner, const struct cc_objectives *objectives, struct cc_families *families,
                     const struct cc_batches *batches, const int64_t *depths, size_t depth_count)
{
    pruner->objectives = *objectives;
    memcpy(pruner->known.time, objectives->time, sizeof pruner->known.time);
    pruner->families = families;
    pruner->generation = families->generation;
    pruner->batches = batches;
    pruner->depths = depths;
    pruner->depth_count = depth_count;
    cc_ends_of(&pruner->ends, batches);
}

const struct cc_serving *cc_prune_model_of(struct cc_pruner *pruner, size_t family)
{
    if (pruner->generation != pruner->families->generation)
        forget_shapes(pruner);
    pruner->generation = pruner->families->generation;
    return pruner->shapes[family] == NULL ? NULL : &pruner->shapes[family]->key;
}

bool cc_prune_add_family(struct cc_pruner *pruner, size_t family, const struct cc_serving *serving)
{
    struct cc_shape *shape = pruner->shapes[family] = calloc(1, sizeof *shape);
    if (shape == NULL)
        return false;
    pruner->families->bytes += sizeof *shape;
    cc_shape_begin(shape, serving, pruner->batches, &pruner->ends, pruner->depths, pruner->depth_count);
    return true;
}

void cc_prune_begin(struct cc_pruner *pruner, size_t family, const struct cc_figures *figures)
{
    pruner->family = family;
    pruner->shape = pruner->shapes[family];
    pruner->figures = *figures;
    if (pruner->usd_per_j != figures->unit.usd_per_j) /* cells were found at another */
        memset(pruner->cell, 0, sizeof pruner->cell);
    pruner->usd_per_j = figures->unit.usd_per_j;
}

static struct cc_shape_count *count_of(struct cc_pruner *pruner, int64_t num_servers)
{
    struct cc_shape *shape = pruner->shape;
    const size_t before = shape->bytes;
    struct cc_shape_count *count = cc_shape_count_of(shape, num_servers);
    pruner->families->bytes += shape->bytes - before;
    return count;
}

/* A chip, and the memory of a package, that bounds are found for. */
struct point {
    double flops, bytes_per_s, memory;
};

static struct point current(const struct cc_pruner *pruner)
{
    return (struct point){pruner->figures.flops, pruner->figures.bytes_per_s, pruner->figures.memory};
}

/* Batches that a place has room for in packages of so much memory. */
static size_t batches_that_fit(const struct cc_pruner *pruner, const double *least_memory, double memory)
{
    size_t fitting = 0;
    while (fitting < pruner->batches->count && least_memory[fitting] <= memory * (1 + margin))
        fitting++;
    return fitting;
}

static void add_layers(const double *restrict value, double layers, size_t count, double *restrict sum)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += layers * value[i];
}

static void start_sum(const double *restrict fixed, const double *restrict value, double layers, size_t count,
                      double *restrict sum)
{
    for (size_t i = 0; i < count; i++)
        sum[i] = fixed[i] + layers * value[i];
}

/* By micro-batch of the axis: passes at a place, at least. */
static void set_throughs(const struct cc_shape *shape, const struct cc_shape_place *place, size_t phase, size_t count,
                         double *restrict through_s)
{
    const size_t kinds = shape->key.llm->kinds;
    double *const *value = place->stage->phase[phase].value_s;
    start_sum(place->through_s[phase], value[0], place->through[0], count, through_s);
    for (size_t k = 1; k < kinds; k++)
        add_layers(value[k], place->through[k], count, through_s);
    if (shape->has_output)
        add_layers(value[kinds], 1, count, through_s);
}

/* Intervals of one of the stages. */
static void set_interval(const struct cc_shape *shape, const struct cc_shape_place *place, size_t phase, size_t q,
                         size_t count, double *restrict interval_s)
{
    const size_t kinds = shape->key.llm->kinds;
    double *const *value = place->stage->phase[phase].value_s;
    start_sum(place->interval_s[phase], value[0], place->layers[q][0], count, interval_s);
    for (size_t k = 1; k < kinds; k++)
        if (place->layers[q][k] > 0)
            add_layers(value[k], place->layers[q][k], count, interval_s);
    if (place->output[q])
        add_layers(value[kinds], 1, count, interval_s);
}

/* The longest of the stages; with `rise` the most by which one takes longer than with the least micro-batch. */
static void set_intervals(const struct cc_shape *shape, const struct cc_shape_place *place, size_t phase, size_t count,
                          bool rise, double *restrict interval_s)
{
    double other[CC_AXIS_MAX];
    set_interval(shape, place, phase, 0, count, interval_s);
    const double first_s = rise ? interval_s[0] : 0;
    for (size_t i = 0; rise && i < count; i++)
        interval_s[i] -= first_s;
    for (size_t q = 1; q < place->shapes; q++) {
        set_interval(shape, place, phase, q, count, other);
        const double least_s = rise ? other[0] : 0;
        for (size_t i = 0; i < count; i++) {
            const double s = other[i] - least_s;
            interval_s[i] = s > interval_s[i] ? s : interval_s[i];
        }
    }
}

/* Bounds, by position on the axis: of the times that are used, and of both phases together. */
struct bounds {
    double both_s[CC_AXIS_MAX], s[CC_TIMES][CC_AXIS_MAX];
};

static inline double lesser(double a, double b)
{
    return a < b ? a : b;
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

/* What a place takes with batches as one micro-batch. */
struct at_ends {
    double through_s[CC_STEADY_PHASES]; /* of the least micro-batch */
    double rise_s[CC_AXIS_MAX], interval_s[CC_AXIS_MAX];
};

/* Lowers bounds to those of a place: the formulas of prune.h. */
static void lower_to(const struct cc_pruner *pruner, const struct at_ends *at, size_t fitting, struct bounds *bounds)
{
    const double p = at->through_s[0], g = at->through_s[1];
    const bool generates = pruner->shape->key.steps > 0;
    const double first = generates ? g : 0, others = generates ? pruner->shape->key.steps - 1 : 0;
    const struct cc_objectives *o = &pruner->objectives;
    const size_t from = pruner->ends.first, to = from + fitting;
    double generate_s[CC_AXIS_MAX];
    for (size_t i = from; i < to; i++) {
        generate_s[i] = first + others * larger(g, at->interval_s[i]);
        bounds->both_s[i] = lesser(generate_s[i] + (p + at->rise_s[i]), bounds->both_s[i]);
    }
    for (size_t i = from; i < to && cc_objectives_use(o, CC_GENERATE_S); i++)
        bounds->s[CC_GENERATE_S][i] = lesser(generate_s[i], bounds->s[CC_GENERATE_S][i]);
    for (size_t i = from; i < to && cc_objectives_use(o, CC_TPOT_S); i++)
        bounds->s[CC_TPOT_S][i] = lesser(generates ? larger(g, at->interval_s[i]) : 0, bounds->s[CC_TPOT_S][i]);
    for (size_t i = from; i < to && cc_objectives_use(o, CC_PREFILL_S); i++)
        bounds->s[CC_PREFILL_S][i] = lesser(p + at->rise_s[i], bounds->s[CC_PREFILL_S][i]);
    for (size_t i = from; i < to && cc_objectives_use(o, CC_TTFT_S); i++)
        bounds->s[CC_TTFT_S][i] = lesser(p + at->rise_s[i] / 2, bounds->s[CC_TTFT_S][i]);
}

static void bound_place(const struct cc_pruner *pruner, const struct cc_shape_place *place, size_t fitting,
                        struct bounds *bounds)
{
    const struct cc_shape *shape = pruner->shape;
    const size_t count = pruner->ends.first + fitting;
    struct at_ends at;
    for (size_t i = 0; i < CC_STEADY_PHASES; i++)
        set_throughs(shape, place, i, 1, &at.through_s[i]);
    set_intervals(shape, place, 0, count, true, at.rise_s);
    set_intervals(shape, place, 1, count, false, at.interval_s);
    lower_to(pruner, &at, fitting, bounds);
}

/* Bounds of a number of servers; returns how many batches fit. */
static size_t find_bounds(const struct cc_pruner *pruner, const struct cc_shape_count *count, struct point point,
                          struct bounds *bounds)
{
    const size_t most = batches_that_fit(pruner, count->least_memory, point.memory), all = pruner->ends.count;
    for (size_t i = 0; i < all; i++)
        bounds->both_s[i] = INFINITY;
    for (size_t t = 0; t < CC_TIMES; t++)
        for (size_t i = 0; i < all; i++)
            bounds->s[t][i] = INFINITY;
    for (const struct cc_shape_place *place = count->places; most > 0 && place != NULL; place = place->next) {
        const size_t fitting = batches_that_fit(pruner, place->least_memory, point.memory);
        if (fitting == 0)
            continue;
        cc_shape_value(pruner->shape, place->stage, point.flops, point.bytes_per_s, all);
        bound_place(pruner, place, fitting, bounds);
    }
    return most;
}

/* Times at least, and whether a limit is missed by more than rounding. */
static bool misses(const struct cc_objectives *objectives, const struct cc_times *times)
{
    for (size_t t = 0; t < CC_TIMES; t++)
        if (times->s[t] * (1 - margin) > objectives->most_s[t] * (1 + margin))
            return true;
    return false;
}

/* The least cost that is known at these times, or less. */
static double known_usd(const struct cc_pruner *pruner, const struct cc_times *times)
{
    struct cc_times lower = *times;
    if (!pruner->objectives.cost)
        return INFINITY;
    for (size_t t = 0; t < CC_TIMES; t++)
        lower.s[t] *= 1 - margin;
    return cc_known_usd(&pruner->known, &lower);
}

static struct cc_batch_work work_of(const struct cc_pruner *pruner, double requests, double s, double j)
{
    return (struct cc_batch_work){requests, (double)pruner->shape->key.workload.generate_len, s, j};
}

/* Whether points that take no less than this are left out: they miss a limit, or a known one beats them by more than rounding. */
static bool is_left_out(const struct cc_pruner *pruner, struct cc_prices prices, const struct cc_times *times,
                        struct cc_batch_work work)
{
    const double usd = cc_objective_usd(&pruner->objectives, pruner->shape->key.conventions.token_cost, prices, work,
                                        1 - margin);
    return misses(&pruner->objectives, times) || known_usd(pruner, times) < usd * (1 - 2 * margin);
}

static struct cc_times times_at(const struct bounds *bounds, size_t i)
{
    struct cc_times times;
    for (size_t t = 0; t < CC_TIMES; t++)
        times.s[t] = bounds->s[t][i];
    return times;
}

/* Times that no bound was found for do not count. */
static struct cc_times used_at(const struct cc_pruner *pruner, const struct bounds *bounds, size_t i)
{
    struct cc_times times = times_at(bounds, i);
    for (size_t t = 0; t < CC_TIMES; t++)
        if (!cc_objectives_use(&pruner->objectives, (enum cc_time)t))
            times.s[t] = 0;
    return times;
}

/* The price of a server-second from which all batches of some servers are left out. */
static double price_above(const struct cc_pruner *pruner, const struct cc_shape_count *count, struct point point)
{
    struct bounds bounds;
    const size_t fitting = find_bounds(pruner, count, point, &bounds);
    const bool per_token = pruner->shape->key.conventions.token_cost || pruner->objectives.demand_tokens_per_s > 0;
    double price = -INFINITY;
    for (size_t b = 0; b < fitting; b++) {
        const size_t i = pruner->ends.first + b;
        const struct cc_times times = used_at(pruner, &bounds, i);
        if (misses(&pruner->objectives, &times))
            continue;
        const double requests = (double)pruner->batches->batch[b].requests;
        const struct cc_batch_work work = work_of(pruner, requests, bounds.both_s[i], count->least_j[b]);
        const double known = known_usd(pruner, &times) * (1 + 4 * margin) * (per_token ? requests : requests * requests);
        const double s = cc_objective_s(&pruner->objectives, work, 1 - margin);
        price = larger(price, (known - pruner->usd_per_j * work.j) / ((double)count->num_servers * s));
    }
    return price;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double real_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The cell of a figure, and the least figure above it. */
static uint64_t cell_index(double x, int bits)
{
    return bits_of(x) >> (SIGNIFICAND_BITS - bits);
}

static double cell_top(double x, int bits)
{
    return real_of((cell_index(x, bits) + 1) << (SIGNIFICAND_BITS - bits));
}

static struct cc_prune_cell *cell_of(struct cc_pruner *pruner, int level, uint64_t *key)
{
    const int bits = cell_bits[level];
    const struct point at = current(pruner);
    uint64_t k = (uint64_t)pruner->family * CELL_LEVELS + (uint64_t)level + 1; /* never 0, which is an empty cell */
    k = k << 17 ^ cell_index(at.flops, bits);
    k = k << 17 ^ cell_index(at.bytes_per_s, bits);
    k = k << 17 ^ cell_index(at.memory, bits);
    *key = k;
    return &pruner->cell[(k * 0x9e3779b97f4a7c15u) >> (64 - CC_CELL_BITS)];
}

/* Finds the price from which all servers of a cell are left out. */
static void fill_cell(struct cc_pruner *pruner, int level, uint64_t key, struct cc_prune_cell *cell)
{
    const int bits = cell_bits[level];
    const struct point at = current(pruner);
    const struct point top = {cell_top(at.flops, bits), cell_top(at.bytes_per_s, bits), cell_top(at.memory, bits)};
    double price = -INFINITY;
    for (size_t i = 0; i < pruner->count_count && price < INFINITY; i++) {
        const struct cc_shape_count *count = count_of(pruner, pruner->counts[i]);
        price = count == NULL ? INFINITY : larger(price, price_above(pruner, count, top));
    }
    *cell = (struct cc_prune_cell){key, pruner->known.version, price};
}

/* Whether a number of servers certainly has room for a batch, certainly none, or too near to either to say. */
enum room { NO_ROOM, SOME_ROOM, UNCERTAIN };

static enum room room_of(const struct cc_pruner *pruner, const struct cc_shape_count *count)
{
    const double memory = pruner->figures.memory;
    if (fabs(count->least_memory[0] - memory) <= memory * margin)
        return UNCERTAIN;
    return count->least_memory[0] < memory ? SOME_ROOM : NO_ROOM;
}

/* Whether some of the numbers of servers certainly has room. */
static bool has_room(struct cc_pruner *pruner, const int64_t *counts, size_t count_count)
{
    for (size_t i = count_count; i > 0; i--) {
        const struct cc_shape_count *count = count_of(pruner, counts[i - 1]);
        if (count == NULL)
            return false;
        if (room_of(pruner, count) == SOME_ROOM)
            return true;
    }
    return false;
}

bool cc_prune_server(struct cc_pruner *pruner, const int64_t *counts, size_t count_count)
{
    if (pruner->count_count == 0 || !has_room(pruner, counts, count_count))
        return false;
    for (int level = 0; level < CELL_LEVELS; level++) {
        uint64_t key;
        struct cc_prune_cell *cell = cell_of(pruner, level, &key);
        if (cell->key != key)
            fill_cell(pruner, level, key, cell);
        if (pruner->figures.unit.usd_per_s > cell->usd_per_s)
            return true;
        if (cell->version != pruner->known.version) {
            fill_cell(pruner, level, key, cell);
            if (pruner->figures.unit.usd_per_s > cell->usd_per_s)
                return true;
        }
    }
    return false;
}

/* Evaluates everything: the prospect when nothing is known. */
static void expect_all(struct cc_prospect *prospect, size_t batches)
{
    *prospect = (struct cc_prospect){.any = true};
    for (size_t b = 0; b < batches; b++)
        prospect->batch[b] = true;
}

/* What a place takes with each micro-batch, at least. */
struct at_place {
    double through_s[CC_STEADY_PHASES][CC_AXIS_MAX], interval_s[CC_STEADY_PHASES][CC_AXIS_MAX];
};

/* A phase of a batch with one of its micro-batches. */
struct part {
    double s, j;
    struct cc_times times;
};

static struct part prefill_part(const struct cc_shape_place *place, const struct at_place *at, size_t m, double passes)
{
    const struct cc_pace pace = {at->through_s[0][m], at->interval_s[0][m], place->stage->j[0][m]};
    const double s = cc_prefill_s(&pace, passes);
    return (struct part){
        s, cc_prefill_j(&pace, passes), {{[CC_PREFILL_S] = s, [CC_TTFT_S] = cc_mean_ttft_s(&pace, passes)}}};
}

static struct part generate_part(const struct cc_shape_place *place, const struct at_place *at, size_t m, double passes,
                                 double steps)
{
    const struct cc_pace pace = {at->through_s[1][m], at->interval_s[1][m], place->stage->j[1][m]};
    const double s = cc_generate_s(&pace, passes, steps);
    return (struct part){
        s,
        cc_generate_j(&pace, passes, steps),
        {{[CC_GENERATE_S] = s, [CC_TPOT_S] = steps > 0 ? cc_token_time_s(&pace, passes) : 0}}};
}

static double part_usd(const struct part *part, struct cc_prices prices)
{
    return prices.usd_per_s * part->s + prices.usd_per_j * part->j;
}

/* Whether a prefill counts for more than its part of the cost, so that with each generation not only the cheapest is to be looked at. */
static bool prefill_matters(const struct cc_objectives *o)
{
    return cc_objectives_use(o, CC_PREFILL_S) || cc_objectives_use(o, CC_TTFT_S) || o->demand_tokens_per_s > 0;
}

/* Whether every pair of micro-batches of a batch at a place is left out: each with its own times and energy, at least. */
static bool place_is_left_out(const struct cc_pruner *pruner, const struct cc_shape_place *place,
                              const struct at_place *at, size_t b, struct cc_prices prices)
{
    const struct cc_batch *batch = &pruner->batches->batch[b];
    const double requests = (double)batch->requests, steps = pruner->shape->key.steps;
    const bool all = prefill_matters(&pruner->objectives);
    struct part prefill[CC_AXIS_MAX];
    size_t cheapest = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const size_t m = pruner->ends.micro[b][i];
        const struct part g = generate_part(place, at, m, batch->passes[i], steps);
        prefill[i] = prefill_part(place, at, m, batch->passes[i]);
        cheapest = part_usd(&prefill[i], prices) < part_usd(&prefill[cheapest], prices) ? i : cheapest;
        for (size_t k = all ? 0 : cheapest; k <= (all ? i : cheapest); k++) {
            const struct part *p = &prefill[k];
            const struct cc_times times = {{g.times.s[CC_GENERATE_S], p->times.s[CC_PREFILL_S], p->times.s[CC_TTFT_S],
                                            g.times.s[CC_TPOT_S]}};
            if (!is_left_out(pruner, prices, &times, work_of(pruner, requests, p->s + g.s, p->j + g.j)))
                return false;
        }
    }
    return true;
}

static void set_place(const struct cc_pruner *pruner, const struct cc_shape_place *place, struct at_place *at)
{
    const size_t count = pruner->ends.axis.count;
    const struct point now = current(pruner);
    cc_shape_value(pruner->shape, place->stage, now.flops, now.bytes_per_s, count);
    for (size_t i = 0; i < CC_STEADY_PHASES; i++) {
        set_throughs(pruner->shape, place, i, count, at->through_s[i]);
        set_intervals(pruner->shape, place, i, count, false, at->interval_s[i]);
    }
}

/* Looks at the batches of a prospect place by place, and by micro-batch. */
static void look_closely(const struct cc_pruner *pruner, const struct cc_shape_count *count, struct cc_prices prices,
                         struct cc_prospect *prospect)
{
    bool left[CC_AXIS_MAX] = {false};
    for (const struct cc_shape_place *place = count->places; place != NULL; place = place->next) {
        const size_t fitting = batches_that_fit(pruner, place->least_memory, pruner->figures.memory);
        struct at_place at;
        bool set = false;
        for (size_t b = 0; b < fitting; b++) {
            if (!prospect->batch[b] || left[b])
                continue;
            if (!set)
                set_place(pruner, place, &at);
            set = true;
            left[b] = !place_is_left_out(pruner, place, &at, b, prices);
        }
    }
    prospect->any = false;
    for (size_t b = 0; b < pruner->batches->count; b++) {
        prospect->batch[b] &= left[b];
        prospect->any |= prospect->batch[b];
    }
}

void cc_prune_batches(struct cc_pruner *pruner, int64_t num_servers, struct cc_prospect *prospect)
{
    const struct cc_prices unit = pruner->figures.unit;
    const struct cc_prices prices = {unit.usd_per_s * (double)num_servers, unit.usd_per_j};
    const struct cc_shape_count *count = count_of(pruner, num_servers);
    struct bounds bounds;
    if (count == NULL || room_of(pruner, count) == UNCERTAIN) {
        expect_all(prospect, pruner->batches->count);
        return;
    }
    *prospect = (struct cc_prospect){.fits = room_of(pruner, count) == SOME_ROOM};
    if (!prospect->fits)
        return;
    const size_t fitting = find_bounds(pruner, count, current(pruner), &bounds);
    for (size_t b = 0; b < fitting; b++) {
        const size_t i = pruner->ends.first + b;
        const struct cc_times times = used_at(pruner, &bounds, i);
        const double requests = (double)pruner->batches->batch[b].requests;
        prospect->batch[b] = !is_left_out(pruner, prices, &times,
                                          work_of(pruner, requests, bounds.both_s[i], count->least_j[b]));
        prospect->any |= prospect->batch[b];
    }
    if (prospect->any)
        look_closely(pruner, count, prices, prospect);
}

/* What the bounds of a place of the space say of the current batch. */
static struct cc_times held_times(const struct cc_space *space, size_t held)
{
    const struct cc_depth *depth = &space->depth[space->held.depth[held]];
    const double requests = (double)space->batch->requests;
    const size_t last = space->batch->micro[space->batch->count - 1];
    const struct cc_least *p = &depth->prefill_least, *g = &depth->generate_least;
    const bool generates = space->serving->steps > 0;
    return (struct cc_times){{
        [CC_GENERATE_S] = space->held.generate_s[held],
        [CC_PREFILL_S] = space->held.prefill_s[held],
        [CC_TTFT_S] = p->rest_s[last] + requests * p->request_s[last] / 2,
        [CC_TPOT_S] = generates ? larger(g->through_s[last], requests * g->request_s[last]) : 0,
    }};
}

bool cc_prune_beats(const struct cc_pruner *pruner, const struct cc_space *space, struct cc_prices prices)
{
    const struct cc_held *held = &space->held;
    const double requests = (double)space->batch->requests;
    for (size_t i = 0; i < held->count; i++) {
        const struct cc_times times = held_times(space, i);
        const double s = held->prefill_s[i] + held->generate_s[i];
        if (!is_left_out(pruner, prices, &times, work_of(pruner, requests, s, held->j[i])))
            return false;
    }
    return true;
}

void cc_prune_learn(struct cc_pruner *pruner, const struct cc_space *space, struct cc_prices prices,
                    const struct cc_choice *choice)
{
    const struct cc_objectives *objectives = &pruner->objectives;
    const struct cc_times times = cc_choice_times(space, choice);
    if (!objectives->cost)
        return;
    for (size_t t = 0; t < CC_TIMES; t++)
        if (times.s[t] > objectives->most_s[t] * (1 - margin))
            return;
    const struct cc_batch_work work =
        work_of(pruner, (double)space->batch->requests, choice->s, choice->j);
    cc_known_insert(&pruner->known,
                    cc_objective_usd(objectives, space->serving->conventions.token_cost, prices, work, 1 + margin),
                    &times);
}
