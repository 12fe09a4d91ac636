/* all_reduce.h: time of an all-reduce, by algorithm, and of an all-to-all. */
#ifndef CC_MODEL_NETWORK_ALL_REDUCE_H
#define CC_MODEL_NETWORK_ALL_REDUCE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "model/network/channel.h"

/* id, name in a system file */
#define CC_ALL_REDUCES(X) \
    X(RING, "ring") \
    X(2D_RING, "2d_ring") \
    X(3D_RING, "3d_ring") \
    X(LOCAL_4D_16, "local_4d_16") \
    X(LOCAL_2D_16, "local_2d_16") \
    X(LOCAL_RING_16, "local_ring_16") \
    X(LOCAL_RING_8, "local_ring_8") \
    X(SWITCH, "switch") \
    X(SWITCH_REDUCE, "switch_reduce") \
    X(MESH, "mesh")

enum cc_all_reduce {
#define CC_ALL_REDUCE_ENUM(id, name) CC_ALL_REDUCE_##id,
    CC_ALL_REDUCES(CC_ALL_REDUCE_ENUM)
#undef CC_ALL_REDUCE_ENUM
    CC_ALL_REDUCE_COUNT,
};

/* Names, by algorithm; CC_ALL_REDUCE_COUNT of them. */
extern const char *const cc_all_reduce_names[];

/* The algorithm of that name; false when there is none. */
bool cc_all_reduce_named(struct cc_text name, enum cc_all_reduce *algorithm);

/* Seconds to all-reduce `bytes` over `chips` >= 1, each step costing `init_s` and 1/`bytes_per_s` a byte. 0 for one chip.
 * Source: Chiplet Cloud's communication model (arXiv 2307.02666); ring and torus costs after Thakur, Rabenseifner and
 * Gropp, "Optimization of Collective Communication Operations in MPICH" (2005). */
double cc_all_reduce_s(enum cc_all_reduce algorithm, int64_t chips, double bytes, double init_s, double bytes_per_s);

/* Units on one level of a stage, connected by a switch or a mesh: chips of a package, packages of a server, servers. */
struct cc_all_reduce_level {
    double units, of;            /* that take part; that a mesh joins, of whose links those between the ones that take part are used */
    struct cc_channel channel;   /* of one unit */
    bool reduces;                /* its switch may add up */
};

/* The same in two steps, for many sizes over the same chips: what depends on the chips alone, then the time when all bytes
 * would take `move_s` over one link. */
struct cc_all_reduce_plan {
    double local_steps, local_init_s, local_moves; /* inside a group */
    double ring_steps, ring_init_s, ring_side;     /* rings, of chips or of groups */
    double group_init_s;                           /* what a group starts with, where there are several */
    bool groups;
};

struct cc_all_reduce_plan cc_all_reduce_plan_of(enum cc_all_reduce algorithm, int64_t chips, double init_s);

/* Whether an algorithm is one of direct exchanges, over a switch or a mesh: each level takes two steps, whatever the number of its units. */
static inline bool cc_all_reduce_is_direct(enum cc_all_reduce algorithm)
{
    return algorithm == CC_ALL_REDUCE_SWITCH || algorithm == CC_ALL_REDUCE_SWITCH_REDUCE ||
           algorithm == CC_ALL_REDUCE_MESH;
}

/* Such an algorithm over levels, finest first: reduce-scatter up the levels, each unit's part over all links of its units at once, and
 * all-gather back down. `bytes_per_s` is the bandwidth at which move_s is. A level of n units moves 2(n - 1)/n of the bytes over the link of a unit;
 * SWITCH_REDUCE, where less, 1 + 1/n: each byte goes up once and down once, and its sum, of which a unit asks for its part, likewise; MESH
 * uses (n - 1)/(N - 1) of the bandwidth. Sources: Thakur, Rabenseifner and Gropp (2005), direct exchange; Klenk et al., "An In-Network
 * Architecture for Accelerating Shared-Memory Multiprocessor Collectives" (ISCA 2020); Cho et al., BlueConnect (MLSys 2019), levels. */
struct cc_all_reduce_plan cc_all_reduce_levels_plan(enum cc_all_reduce algorithm,
                                                    const struct cc_all_reduce_level *levels, size_t count,
                                                    double bytes_per_s);

/* Whether nothing is exchanged, as among one chip. */
static inline bool cc_all_reduce_is_empty(const struct cc_all_reduce_plan *plan)
{
    return !(plan->local_steps > 0) && !(plan->ring_steps > 0) && !plan->groups;
}

static inline double cc_all_reduce_run_s(const struct cc_all_reduce_plan *plan, double move_s)
{
    const double local_s = plan->local_steps * (plan->local_init_s + plan->local_moves * move_s);
    const double rings_s = plan->ring_steps * (plan->ring_init_s + move_s / plan->ring_side);
    if (!plan->groups)
        return local_s + rings_s;
    return local_s + rings_s + 16 * plan->group_init_s + move_s + 2 * sqrt(plan->group_init_s * move_s);
}

/* An exchange of each chip with each other over `chips` >= 1, one step after the other: move_s is that of one step's bytes.
 * Source: the pairwise exchange of Thakur, Rabenseifner and Gropp (2005). */
static inline struct cc_all_reduce_plan cc_pairwise_plan_of(int64_t chips, double init_s)
{
    return (struct cc_all_reduce_plan){
        .local_steps = (double)(chips - 1), .local_init_s = init_s, .local_moves = 1, .ring_side = 1};
}

/* Plan that takes `s` seconds whatever the number of bytes. */
static inline struct cc_all_reduce_plan cc_fixed_plan_of(double s)
{
    return (struct cc_all_reduce_plan){.local_steps = 1, .local_init_s = s, .ring_side = 1};
}

#endif
