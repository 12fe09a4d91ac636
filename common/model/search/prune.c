#include "model/search/prune.h"

#include <stdlib.h>
#include <string.h>

#include "model/search/rounding.h"

/* An octave to a cell, then half of it, then an eighth: leading bits of a significand. */
static const int cell_bits[] = {0, 1, 3};
enum { CELL_LEVELS = sizeof cell_bits / sizeof cell_bits[0], SIGNIFICAND_BITS = 52 };
enum { CELL_PRICES = 1 << 17, CELLS_MAX = 1 << 13 };

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

static void forget_families(struct cc_families *families)
{
    families->count = families->bytes = families->served = 0;
    families->generation++;
}

/* Padding that differs costs time alone. */
size_t cc_family_of(struct cc_families *families, const struct cc_serving *serving)
{
    const struct cc_serving key = cc_model_shape_key(serving);
    const uint64_t some = 4096; /* that tables pay for */
    if (families->served++ > some && families->bytes > families->most_bytes)
        forget_families(families);
    for (size_t i = 0; i < families->count; i++) {
        const size_t next = (families->latest + 1 + i) % families->count; /* they come in turn */
        if (memcmp(&families->key[next], &key, sizeof key) == 0)
            return families->latest = next;
    }
    if (families->count == CC_FAMILIES_MAX)
        forget_families(families);
    families->key[families->count] = key;
    return families->latest = families->count++;
}

static void forget_cells(struct cc_pruner *pruner)
{
    if (pruner->cells > 0)
        memset(pruner->cell_key, 0, pruner->cells * sizeof *pruner->cell_key);
}

static void forget_shapes(struct cc_pruner *pruner)
{
    for (size_t i = 0; i < CC_FAMILIES_MAX; i++) {
        if (pruner->shapes[i] != NULL)
            cc_arena_free(&pruner->shapes[i]->arena);
        free(pruner->shapes[i]);
        pruner->shapes[i] = NULL;
    }
    forget_cells(pruner);
}

void cc_prune_end(struct cc_pruner *pruner)
{
    forget_shapes(pruner);
    cc_arena_free(&pruner->arena);
    pruner->known.count = pruner->cells = pruner->count_count = 0;
}

void cc_prune_set_up(struct cc_pruner *pruner, const struct cc_objectives *objectives, struct cc_families *families,
                     const struct cc_batches *batches, const int64_t *depths, size_t depth_count)
{
    pruner->objectives = *objectives;
    memcpy(pruner->known.time, objectives->time, sizeof pruner->known.time);
    for (size_t t = 0; t < CC_TIMES; t++)
        pruner->used[t] = cc_objectives_use(objectives, (enum cc_time)t);
    pruner->families = families;
    pruner->generation = families->generation;
    pruner->batches = batches;
    pruner->depths = depths;
    pruner->depth_count = depth_count;
    cc_ends_of(&pruner->ends, batches);
}

bool cc_prune_list_counts(struct cc_pruner *pruner, const int64_t *counts, size_t count_count)
{
    const size_t room = CELL_PRICES / count_count, cells = room < CELLS_MAX ? room : CELLS_MAX;
    pruner->cell_key = cc_arena_take(&pruner->arena, cells * sizeof *pruner->cell_key);
    pruner->price = cc_arena_take(&pruner->arena, cells * count_count * sizeof *pruner->price);
    pruner->open = cc_arena_take(&pruner->arena, count_count * sizeof *pruner->open);
    if (pruner->cell_key == NULL || pruner->price == NULL || pruner->open == NULL)
        return false;
    pruner->counts = counts;
    pruner->count_count = count_count;
    pruner->cells = cells;
    return true;
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
    struct cc_model_shape *shape = pruner->shapes[family] = calloc(1, sizeof *shape);
    if (shape == NULL)
        return false;
    pruner->families->bytes += sizeof *shape;
    cc_model_shape_begin(shape, serving, pruner->batches, &pruner->ends, pruner->depths, pruner->depth_count);
    return true;
}

void cc_prune_begin(struct cc_pruner *pruner, size_t family, const struct cc_figures *figures)
{
    pruner->family = family;
    pruner->shape = pruner->shapes[family];
    pruner->figures = *figures;
    if (pruner->usd_per_j != figures->unit.usd_per_j) /* cells were found at another */
        forget_cells(pruner);
    pruner->usd_per_j = figures->unit.usd_per_j;
}

/* NULL: there is no room for more. */
static struct cc_shape_count *count_of(struct cc_pruner *pruner, int64_t num_servers)
{
    struct cc_model_shape *shape = pruner->shape;
    const size_t before = shape->bytes;
    const bool grow = pruner->families->bytes <= pruner->families->most_bytes;
    struct cc_shape_count *count = cc_model_shape_count_of(shape, num_servers, grow);
    pruner->families->bytes += shape->bytes - before;
    return count;
}

static struct cc_chip_point current(const struct cc_pruner *pruner)
{
    return (struct cc_chip_point){pruner->figures.flops, pruner->figures.bytes_per_s, pruner->figures.memory};
}

/* Times at least, and whether a limit is missed by more than rounding. */
static bool misses(const struct cc_objectives *objectives, const struct cc_times *times)
{
    for (size_t t = 0; t < CC_TIMES; t++)
        if (times->s[t] * (1 - CC_ROUNDING) > objectives->most_s[t] * (1 + CC_ROUNDING))
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
        lower.s[t] *= 1 - CC_ROUNDING;
    return cc_known_usd(&pruner->known, &lower);
}

static struct cc_batch_work work_of(const struct cc_pruner *pruner, double requests, double s, double j)
{
    return (struct cc_batch_work){requests, (double)pruner->shape->key.workload.generate_len, s, j};
}

/* Whether points that take no less than this are left out: they miss a limit, or a known one beats them by more than
 * rounding. */
static bool is_left_out(const struct cc_pruner *pruner, struct cc_prices prices, const struct cc_times *times,
                        struct cc_batch_work work)
{
    const double usd =
        cc_objective_usd(&pruner->objectives, pruner->shape->key.conventions.token_cost, prices, work, 1 - CC_ROUNDING);
    return misses(&pruner->objectives, times) || known_usd(pruner, times) < usd * (1 - 2 * CC_ROUNDING);
}

static struct cc_times times_at(const struct cc_least_times *least, size_t b)
{
    struct cc_times times;
    for (size_t t = 0; t < CC_TIMES; t++)
        times.s[t] = least->s[t][b];
    return times;
}

/* The price of a server-second above which all batches of some servers are left out. */
static double price_above(const struct cc_pruner *pruner, const struct cc_shape_count *count,
                          struct cc_chip_point point)
{
    const bool per_token = pruner->shape->key.conventions.token_cost || pruner->objectives.demand_tokens_per_s > 0;
    struct cc_least_times least;
    double price = -INFINITY;
    cc_least_times_find(&least, pruner->shape, count, pruner->used, point);
    for (size_t b = 0; b < least.fitting; b++) {
        const struct cc_times times = times_at(&least, b);
        if (misses(&pruner->objectives, &times))
            continue;
        const double requests = (double)pruner->batches->batch[b].requests;
        const struct cc_batch_work work = work_of(pruner, requests, least.both_s[b], count->least_j[b]);
        const double usd =
            known_usd(pruner, &times) * (1 + 4 * CC_ROUNDING) * (per_token ? requests : requests * requests);
        const double s = cc_objective_s(&pruner->objectives, work, 1 - CC_ROUNDING);
        const double from = (usd - pruner->usd_per_j * work.j) / ((double)count->num_servers * s);
        price = from > price ? from : price;
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

/* Whether a cell of the finest level, whose hash this is, is worth the same work as the server's own figures: where
 * those that were looked at, one in eight for certain, were met three times on the mean. */
static bool is_worth_it(struct cc_pruner *pruner, uint64_t hash)
{
    const bool sample = hash % 8 == 0;
    const bool worth = pruner->fine_met > 3 * pruner->fine_made;
    pruner->fine_met += sample;
    return sample || worth;
}

/* The cell of the current server at a level: emptied, if it held another. NULL: it is not worth it. */
static struct cc_prune_price *cell_of(struct cc_pruner *pruner, int level)
{
    const int bits = cell_bits[level];
    const struct cc_chip_point at = current(pruner);
    uint64_t key = (uint64_t)pruner->family * CELL_LEVELS + (uint64_t)level + 1; /* never 0, which is an empty cell */
    key = key << 17 ^ cell_index(at.flops, bits);
    key = key << 17 ^ cell_index(at.bytes_per_s, bits);
    key = key << 17 ^ cell_index(at.memory, bits);
    const uint64_t hash =
        (key * 0x9e3779b97f4a7c15u) >> 32; /* of the golden ratio: all of the key bears on the upper half */
    const bool finest = level == CELL_LEVELS - 1;
    if (finest && !is_worth_it(pruner, hash))
        return NULL;
    const size_t cell = (size_t)(hash * pruner->cells >> 32);
    struct cc_prune_price *prices = pruner->price + cell * pruner->count_count;
    if (pruner->cell_key[cell] != key) {
        memset(prices, 0, pruner->count_count * sizeof *prices);
        pruner->fine_made += finest && hash % 8 == 0;
    }
    pruner->cell_key[cell] = key;
    return prices;
}

/* Finds the price of some servers above which what all servers of the cell could answer with is left out. */
static void find_price(struct cc_pruner *pruner, int level, size_t i, struct cc_prune_price *price)
{
    const int bits = cell_bits[level];
    const struct cc_chip_point at = current(pruner);
    const struct cc_chip_point top = {cell_top(at.flops, bits), cell_top(at.bytes_per_s, bits),
                                      cell_top(at.memory, bits)};
    const struct cc_shape_count *count = count_of(pruner, pruner->counts[i]);
    const double usd_per_s = count == NULL ? INFINITY : price_above(pruner, count, top);
    *price = (struct cc_prune_price){nextafterf((float)usd_per_s, INFINITY), pruner->known.version + 1};
}

/* Whether so much more is known that a price is worth finding again: few points change few of them. */
static bool is_stale(const struct cc_pruner *pruner, const struct cc_prune_price *price)
{
    const uint32_t few = 16, found = price->found;
    return pruner->known.version + 1 - found > few + found / 4;
}

/* Whether a number of servers certainly has room for a batch, certainly none, or too near to either to say. */
enum room { NO_ROOM, SOME_ROOM, UNCERTAIN };

static enum room room_of(const struct cc_pruner *pruner, const struct cc_shape_count *count)
{
    const double memory = pruner->figures.memory;
    if (fabs(count->least_memory[0] - memory) <= memory * CC_ROUNDING)
        return UNCERTAIN;
    return count->least_memory[0] < memory ? SOME_ROOM : NO_ROOM;
}

/* Whether some of the numbers of servers, from the first on, certainly has room. */
static bool has_room(struct cc_pruner *pruner, size_t first)
{
    for (size_t i = pruner->count_count; i > first; i--) {
        const struct cc_shape_count *count = count_of(pruner, pruner->counts[i - 1]);
        if (count == NULL)
            return false;
        if (room_of(pruner, count) == SOME_ROOM)
            return true;
    }
    return false;
}

bool cc_prune_server(struct cc_pruner *pruner, size_t first)
{
    const double usd_per_s = pruner->figures.unit.usd_per_s;
    size_t open = pruner->count_count - first;
    for (size_t i = 0; i < pruner->count_count; i++)
        pruner->open[i] = i >= first;
    for (int level = 0; level < CELL_LEVELS && open > 0; level++) {
        struct cc_prune_price *price = cell_of(pruner, level);
        for (size_t i = first; price != NULL && i < pruner->count_count; i++) {
            if (!pruner->open[i])
                continue;
            if (price[i].found == 0 || (!(usd_per_s > price[i].usd_per_s) && is_stale(pruner, &price[i])))
                find_price(pruner, level, i, &price[i]);
            pruner->open[i] = !(usd_per_s > price[i].usd_per_s);
            open -= !pruner->open[i];
        }
    }
    return open == 0 && has_room(pruner, first);
}

/* Evaluates everything: the prospect when nothing is known. */
static void expect_all(struct cc_prospect *prospect, size_t batches)
{
    *prospect = (struct cc_prospect){.any = true};
    for (size_t b = 0; b < batches; b++)
        prospect->batch[b] = true;
}

/* A phase of a batch with one of its micro-batches. */
struct part {
    double s, j;
    struct cc_times times;
};

static struct part prefill_part(const struct cc_shape_place *place, const struct cc_least_paces *at, size_t m,
                                double passes)
{
    const struct cc_pace pace = {at->through_s[0][m], at->interval_s[0][m], place->stage->j[0][m]};
    const double s = cc_prefill_s(&pace, passes);
    return (struct part){
        s, cc_prefill_j(&pace, passes), {{[CC_TIME_PREFILL] = s, [CC_TIME_TTFT] = cc_mean_ttft_s(&pace, passes)}}};
}

static struct part generate_part(const struct cc_shape_place *place, const struct cc_least_paces *at, size_t m,
                                 double passes, double steps)
{
    const struct cc_pace pace = {at->through_s[1][m], at->interval_s[1][m], place->stage->j[1][m]};
    const double s = cc_generate_s(&pace, passes, steps);
    return (struct part){s,
                         cc_generate_j(&pace, passes, steps),
                         {{[CC_TIME_GENERATE] = s, [CC_TIME_TPOT] = steps > 0 ? cc_token_time_s(&pace, passes) : 0}}};
}

static double part_usd(const struct part *part, struct cc_prices prices)
{
    return prices.usd_per_s * part->s + prices.usd_per_j * part->j;
}

/* Whether a prefill counts for more than its part of the cost, so that with each generation not only the cheapest is to
 * be looked at. */
static bool prefill_matters(const struct cc_objectives *o)
{
    return cc_objectives_use(o, CC_TIME_PREFILL) || cc_objectives_use(o, CC_TIME_TTFT) || o->demand_tokens_per_s > 0;
}

/* Whether every pair of micro-batches of a batch at a place is left out: each with its own times and energy, at least.
 */
static bool place_is_left_out(const struct cc_pruner *pruner, const struct cc_shape_place *place,
                              const struct cc_least_paces *at, size_t b, struct cc_prices prices)
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
            const struct cc_times times = {{g.times.s[CC_TIME_GENERATE], p->times.s[CC_TIME_PREFILL],
                                            p->times.s[CC_TIME_TTFT], g.times.s[CC_TIME_TPOT]}};
            if (!is_left_out(pruner, prices, &times, work_of(pruner, requests, p->s + g.s, p->j + g.j)))
                return false;
        }
    }
    return true;
}

/* Whether what a batch takes at least is left out. */
static bool is_batch_left_out(const struct cc_pruner *pruner, const struct cc_least_times *least, size_t b, double j,
                              struct cc_prices prices)
{
    const struct cc_times times = times_at(least, b);
    const double requests = (double)pruner->batches->batch[b].requests;
    return is_left_out(pruner, prices, &times, work_of(pruner, requests, least->both_s[b], j));
}

/* Looks at one place: marks the batches of a prospect that have something left there. */
static void look_at_place(const struct cc_pruner *pruner, const struct cc_shape_place *place, struct cc_prices prices,
                          const struct cc_prospect *prospect, bool left[CC_AXIS_MAX])
{
    struct cc_least_times least;
    struct cc_least_paces paces;
    bool found = false;
    cc_least_times_at(&least, pruner->shape, place, pruner->used, current(pruner));
    for (size_t b = 0; b < least.fitting; b++) {
        if (!prospect->batch[b] || left[b] || is_batch_left_out(pruner, &least, b, place->stage->least_j[b], prices))
            continue;
        if (!found)
            cc_least_paces_find(&paces, pruner->shape, place, current(pruner));
        found = true;
        left[b] = !place_is_left_out(pruner, place, &paces, b, prices);
    }
}

/* Looks at the batches of a prospect place by place, and by micro-batch. */
static void look_closely(const struct cc_pruner *pruner, const struct cc_shape_count *count, struct cc_prices prices,
                         struct cc_prospect *prospect)
{
    bool left[CC_AXIS_MAX] = {false};
    for (const struct cc_shape_place *place = count->places; place != NULL; place = place->next)
        look_at_place(pruner, place, prices, prospect, left);
    prospect->any = false;
    for (size_t b = 0; b < pruner->batches->count; b++) {
        prospect->batch[b] &= left[b];
        prospect->any |= prospect->batch[b];
    }
}

void cc_prune_batches(struct cc_pruner *pruner, int64_t num_servers, bool open, struct cc_prospect *prospect)
{
    const struct cc_prices unit = pruner->figures.unit;
    const struct cc_prices prices = {unit.usd_per_s * (double)num_servers, unit.usd_per_j};
    const struct cc_shape_count *count = count_of(pruner, num_servers);
    struct cc_least_times least;
    if (count == NULL || room_of(pruner, count) == UNCERTAIN) {
        expect_all(prospect, pruner->batches->count);
        return;
    }
    *prospect = (struct cc_prospect){.fits = room_of(pruner, count) == SOME_ROOM};
    if (!prospect->fits || !open)
        return;
    cc_least_times_find(&least, pruner->shape, count, pruner->used, current(pruner));
    for (size_t b = 0; b < least.fitting; b++) {
        prospect->batch[b] = !is_batch_left_out(pruner, &least, b, count->least_j[b], prices);
        prospect->any |= prospect->batch[b];
    }
    if (prospect->any)
        look_closely(pruner, count, prices, prospect);
}

bool cc_prune_beats(const struct cc_pruner *pruner, const struct cc_space *space, struct cc_prices prices)
{
    const double requests = (double)space->batch->requests;
    for (size_t depth = 0; depth < space->count; depth++) {
        if (!cc_space_holds(space, depth))
            continue;
        const struct cc_bounds least = cc_space_bounds(space, depth);
        const struct cc_times times = {{
            [CC_TIME_GENERATE] = least.generate_s,
            [CC_TIME_PREFILL] = least.prefill_s,
            [CC_TIME_TTFT] = least.ttft_s,
            [CC_TIME_TPOT] = least.tpot_s,
        }};
        const struct cc_batch_work work = work_of(pruner, requests, least.prefill_s + least.generate_s, least.j);
        if (!is_left_out(pruner, prices, &times, work))
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
        if (times.s[t] > objectives->most_s[t] * (1 - CC_ROUNDING))
            return;
    const struct cc_batch_work work = work_of(pruner, (double)space->batch->requests, choice->s, choice->j);
    cc_known_insert(&pruner->known,
                    cc_objective_usd(objectives, space->serving->conventions.token_cost, prices, work, 1 + CC_ROUNDING),
                    &times);
}
