#include "model/search/least_times.h"

#include <math.h>

#include "model/search/rounding.h"

static inline double lesser(double a, double b)
{
    return a < b ? a : b;
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

size_t cc_batches_in(const struct cc_batches *batches, const double *least_memory, double memory)
{
    size_t fitting = 0;
    while (fitting < batches->count && least_memory[fitting] <= memory * (1 + CC_ROUNDING))
        fitting++;
    return fitting;
}

/* Plain loops over plain arrays of whole blocks, for the compiler to vectorize. */
static inline void start_sum(const double *restrict fixed, const double *restrict value, double layers, size_t blocks,
                             double *restrict sum)
{
    for (size_t i = 0; i < blocks * CC_BLOCK_OF_AXIS; i++)
        sum[i] = fixed[i] + layers * value[i];
}

static inline void add_layers(const double *restrict value, double layers, size_t blocks, double *restrict sum)
{
    for (size_t i = 0; i < blocks * CC_BLOCK_OF_AXIS; i++)
        sum[i] += layers * value[i];
}

/* A pass with the least micro-batch. */
static inline double least_through_s(const struct cc_model_shape *shape, const struct cc_shape_place *place,
                                     size_t phase)
{
    const size_t kinds = shape->key.llm->kinds;
    double *const *value = place->stage->phase[phase].value_s;
    double s = place->through_s[phase][0];
    for (size_t k = 0; k < kinds; k++)
        s += place->through[k] * value[k][0];
    return shape->has_output ? s + value[kinds][0] : s;
}

/* Intervals of one of the stages. */
static inline void set_interval(const struct cc_model_shape *shape, const struct cc_shape_place *place, size_t phase,
                                size_t q, size_t blocks, double *restrict interval_s)
{
    const size_t kinds = shape->key.llm->kinds;
    double *const *value = place->stage->phase[phase].value_s;
    start_sum(place->interval_s[phase], value[0], place->layers[q][0], blocks, interval_s);
    for (size_t k = 1; k < kinds; k++)
        if (place->layers[q][k] > 0)
            add_layers(value[k], place->layers[q][k], blocks, interval_s);
    if (place->output[q])
        add_layers(value[kinds], 1, blocks, interval_s);
}

/* The longest of the stages; with `rise` the most by which one of them takes longer than with the least micro-batch. */
static inline void set_intervals(const struct cc_model_shape *shape, const struct cc_shape_place *place, size_t phase,
                                 size_t blocks, bool rise, double *restrict interval_s)
{
    double other[CC_AXIS_MAX];
    set_interval(shape, place, phase, 0, blocks, interval_s);
    const double first_s = interval_s[0];
    for (size_t i = 0; rise && i < blocks * CC_BLOCK_OF_AXIS; i++)
        interval_s[i] -= first_s;
    for (size_t q = 1; q < place->shapes; q++) {
        set_interval(shape, place, phase, q, blocks, other);
        const double least_s = rise ? other[0] : 0;
        for (size_t i = 0; i < blocks * CC_BLOCK_OF_AXIS; i++)
            interval_s[i] = larger(other[i] - least_s, interval_s[i]);
    }
}

static size_t blocks_of(size_t count)
{
    return (count + CC_BLOCK_OF_AXIS - 1) / CC_BLOCK_OF_AXIS;
}

/* What a place takes, by position on the axis: of a prefill as one micro-batch, the pass and the rise of the interval;
 * of generation the interval. */
struct ends {
    double prefill_s[CC_AXIS_MAX], token_s[CC_AXIS_MAX], generate_s[CC_AXIS_MAX], both_s[CC_AXIS_MAX];
};

static inline void set_ends(const struct cc_model_shape *shape, const struct cc_shape_place *place, size_t blocks,
                            struct ends *restrict e)
{
    const double p = least_through_s(shape, place, 0), g = least_through_s(shape, place, 1), steps = shape->key.steps;
    const double first = steps > 0 ? g : 0, others = steps > 0 ? steps - 1 : 0;
    set_intervals(shape, place, 0, blocks, true, e->prefill_s);
    set_intervals(shape, place, 1, blocks, false, e->token_s);
    for (size_t i = 0; i < blocks * CC_BLOCK_OF_AXIS; i++) {
        e->prefill_s[i] += p;
        e->token_s[i] = larger(g, e->token_s[i]);
        e->generate_s[i] = first + others * e->token_s[i];
        e->both_s[i] = e->generate_s[i] + e->prefill_s[i];
    }
}

static inline void lower(double *restrict least, const double *restrict s, size_t count)
{
    for (size_t i = 0; i < count; i++)
        least[i] = lesser(s[i], least[i]);
}

/* Lowers what batches take to what they take at a place. */
static void lower_to(struct cc_least_times *least, const struct cc_model_shape *shape, const bool used[CC_TIMES],
                     const struct ends *e, size_t fitting)
{
    const size_t from = shape->ends->first;
    const double p = e->prefill_s[0];
    lower(least->both_s, e->both_s + from, fitting);
    if (used[CC_TIME_GENERATE])
        lower(least->s[CC_TIME_GENERATE], e->generate_s + from, fitting);
    if (used[CC_TIME_PREFILL])
        lower(least->s[CC_TIME_PREFILL], e->prefill_s + from, fitting);
    for (size_t b = 0; used[CC_TIME_TTFT] && b < fitting; b++)
        least->s[CC_TIME_TTFT][b] = lesser((p + e->prefill_s[from + b]) / 2, least->s[CC_TIME_TTFT][b]);
    for (size_t b = 0; used[CC_TIME_TPOT] && b < fitting; b++)
        least->s[CC_TIME_TPOT][b] = lesser(shape->key.steps > 0 ? e->token_s[from + b] : 0, least->s[CC_TIME_TPOT][b]);
}

/* Before any place is met. */
static void begin(struct cc_least_times *least, const struct cc_batches *batches, const double *least_memory,
                  const bool used[CC_TIMES], double memory)
{
    least->fitting = cc_batches_in(batches, least_memory, memory);
    for (size_t b = 0; b < least->fitting; b++)
        least->both_s[b] = INFINITY;
    for (size_t t = 0; t < CC_TIMES; t++)
        for (size_t b = 0; b < least->fitting; b++)
            least->s[t][b] = used[t] ? INFINITY : 0;
}

static void meet(struct cc_least_times *least, struct cc_model_shape *shape, const struct cc_shape_place *place,
                 const bool used[CC_TIMES], struct cc_chip_point point, size_t fitting)
{
    struct ends ends;
    cc_model_shape_value(shape, place->stage, point.flops, point.bytes_per_s, shape->ends->count);
    set_ends(shape, place, blocks_of(shape->ends->first + fitting), &ends);
    lower_to(least, shape, used, &ends, fitting);
}

void cc_least_times_find(struct cc_least_times *least, struct cc_model_shape *shape, const struct cc_shape_count *count,
                         const bool used[CC_TIMES], struct cc_chip_point point)
{
    begin(least, shape->batches, count->least_memory, used, point.memory);
    for (const struct cc_shape_place *place = count->places; least->fitting > 0 && place != NULL; place = place->next) {
        const size_t fitting = cc_batches_in(shape->batches, place->least_memory, point.memory);
        if (fitting > 0)
            meet(least, shape, place, used, point, fitting);
    }
}

void cc_least_times_at(struct cc_least_times *least, struct cc_model_shape *shape, const struct cc_shape_place *place,
                       const bool used[CC_TIMES], struct cc_chip_point point)
{
    begin(least, shape->batches, place->least_memory, used, point.memory);
    if (least->fitting > 0)
        meet(least, shape, place, used, point, least->fitting);
}

/* By micro-batch of the axis: passes. */
static void set_throughs(const struct cc_model_shape *shape, const struct cc_shape_place *place, size_t phase,
                         size_t blocks, double *restrict through_s)
{
    const size_t kinds = shape->key.llm->kinds;
    double *const *value = place->stage->phase[phase].value_s;
    start_sum(place->through_s[phase], value[0], place->through[0], blocks, through_s);
    for (size_t k = 1; k < kinds; k++)
        add_layers(value[k], place->through[k], blocks, through_s);
    if (shape->has_output)
        add_layers(value[kinds], 1, blocks, through_s);
}

void cc_least_paces_find(struct cc_least_paces *paces, struct cc_model_shape *shape, const struct cc_shape_place *place,
                         struct cc_chip_point point)
{
    const size_t blocks = blocks_of(shape->ends->axis.count);
    cc_model_shape_value(shape, place->stage, point.flops, point.bytes_per_s, shape->ends->axis.count);
    for (size_t i = 0; i < CC_STEADY_PHASES; i++) {
        set_throughs(shape, place, i, blocks, paces->through_s[i]);
        set_intervals(shape, place, i, blocks, false, paces->interval_s[i]);
    }
}
