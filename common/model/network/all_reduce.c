#include "model/network/all_reduce.h"

const char *const cc_all_reduce_names[] = {
#define CC_ALL_REDUCE_NAME(id, name) [CC_ALL_REDUCE_##id] = name,
    CC_ALL_REDUCES(CC_ALL_REDUCE_NAME)
#undef CC_ALL_REDUCE_NAME
};

bool cc_all_reduce_named(struct cc_text name, enum cc_all_reduce *algorithm)
{
    for (int i = 0; i < CC_ALL_REDUCE_COUNT; i++) {
        if (cc_text_is(name, cc_all_reduce_names[i])) {
            *algorithm = (enum cc_all_reduce)i;
            return true;
        }
    }
    return false;
}

/* Rings in `dimensions` dimensions of `side` chips each: all dimensions one after the other. */
static void plan_rings(struct cc_all_reduce_plan *plan, double side, double dimensions, double init_s)
{
    plan->ring_steps = 2 * (side - 1);
    plan->ring_init_s = dimensions * init_s;
    plan->ring_side = side;
}

/* Groups of chips that are reduced locally; several groups then with each other. */
static void plan_groups(struct cc_all_reduce_plan *plan, int64_t chips, int64_t group, double init_s)
{
    const double groups = ceil((double)chips / (double)group);
    if (chips == group)
        return;
    plan->groups = true;
    plan->group_init_s = init_s;
    plan_rings(plan, ceil(pow(groups, 1.0 / 3)), 3, init_s);
}

static void plan_local(struct cc_all_reduce_plan *plan, double steps, double init_s, double moves)
{
    plan->local_steps = steps;
    plan->local_init_s = init_s;
    plan->local_moves = moves;
}

/* Share of the bytes that one unit of a level moves. */
static double level_moves(enum cc_all_reduce algorithm, const struct cc_all_reduce_level *level)
{
    const double n = level->units, direct = 2 * (n - 1) / n;
    if (algorithm == CC_ALL_REDUCE_SWITCH_REDUCE && level->reduces)
        return fmin(direct, 1 + 1 / n);
    if (algorithm == CC_ALL_REDUCE_MESH)
        return direct * (level->of - 1) / (n - 1);
    return direct;
}

struct cc_all_reduce_plan cc_all_reduce_levels_plan(enum cc_all_reduce algorithm,
                                                    const struct cc_all_reduce_level *levels, size_t count,
                                                    double bytes_per_s)
{
    struct cc_all_reduce_plan plan = {.ring_side = 1};
    for (size_t i = 0; i < count; i++) {
        if (!(levels[i].units > 1))
            continue;
        plan.local_steps = 1;
        plan.local_init_s += 2 * levels[i].channel.init_s;
        plan.local_moves += level_moves(algorithm, &levels[i]) * (bytes_per_s / levels[i].channel.bytes_per_s);
    }
    return plan;
}

/* All chips on one level. */
static struct cc_all_reduce_plan plan_direct(enum cc_all_reduce algorithm, double chips, double init_s)
{
    const struct cc_all_reduce_level all = {chips, chips, {1, init_s}, true};
    return cc_all_reduce_levels_plan(algorithm, &all, 1, 1);
}

struct cc_all_reduce_plan cc_all_reduce_plan_of(enum cc_all_reduce algorithm, int64_t chips, double init_s)
{
    const double p = (double)chips;
    struct cc_all_reduce_plan plan = {.ring_side = 1};
    if (chips == 1)
        return plan;
    switch (algorithm) {
    case CC_ALL_REDUCE_RING:
        plan_rings(&plan, p, 1, init_s);
        break;
    case CC_ALL_REDUCE_2D_RING:
        plan_rings(&plan, ceil(sqrt(p)), 2, init_s);
        break;
    case CC_ALL_REDUCE_3D_RING:
        plan_rings(&plan, ceil(pow(p, 1.0 / 3)), 3, init_s);
        break;
    case CC_ALL_REDUCE_LOCAL_4D_16:
        plan_local(&plan, 1, 8 * init_s, 1);
        plan_groups(&plan, chips, 16, init_s);
        break;
    case CC_ALL_REDUCE_LOCAL_2D_16:
        plan_local(&plan, 6, 2 * init_s, 0.25);
        plan_groups(&plan, chips, 16, init_s);
        break;
    case CC_ALL_REDUCE_LOCAL_RING_16:
        plan_local(&plan, 1, 30 * init_s, 1.875);
        plan_groups(&plan, chips, 16, init_s);
        break;
    case CC_ALL_REDUCE_LOCAL_RING_8:
        plan_local(&plan, 1, 14 * init_s, 1.75);
        plan_groups(&plan, chips, 8, init_s);
        break;
    case CC_ALL_REDUCE_SWITCH:
    case CC_ALL_REDUCE_SWITCH_REDUCE:
    case CC_ALL_REDUCE_MESH:
        return plan_direct(algorithm, p, init_s);
    case CC_ALL_REDUCE_COUNT:
        break;
    }
    return plan;
}

double cc_all_reduce_s(enum cc_all_reduce algorithm, int64_t chips, double bytes, double init_s, double bytes_per_s)
{
    const struct cc_all_reduce_plan plan = cc_all_reduce_plan_of(algorithm, chips, init_s);
    return cc_all_reduce_run_s(&plan, bytes / bytes_per_s);
}
