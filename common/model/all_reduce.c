#include "model/all_reduce.h"

#include <math.h>

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
static double rings_s(double side, double dimensions, double init_s, double move_s)
{
    return 2 * (side - 1) * (dimensions * init_s + move_s / side);
}

/* What a group that is reduced locally pays for reducing with the other groups. */
static double between_groups_s(int64_t chips, int64_t group, double init_s, double move_s)
{
    const double groups = ceil((double)chips / (double)group);
    return rings_s(ceil(pow(groups, 1.0 / 3)), 3, init_s, move_s) + 16 * init_s + move_s + 2 * sqrt(init_s * move_s);
}

double cc_all_reduce_s(enum cc_all_reduce algorithm, int64_t chips, double bytes, double init_s, double bytes_per_s)
{
    const double p = (double)chips;
    const double move_s = bytes / bytes_per_s; /* all bytes over one link */
    double local_s = 0;
    int64_t group = 16;
    if (chips == 1)
        return 0;
    switch (algorithm) {
    case CC_ALL_REDUCE_RING:
        return rings_s(p, 1, init_s, move_s);
    case CC_ALL_REDUCE_2D_RING:
        return rings_s(ceil(sqrt(p)), 2, init_s, move_s);
    case CC_ALL_REDUCE_3D_RING:
        return rings_s(ceil(pow(p, 1.0 / 3)), 3, init_s, move_s);
    case CC_ALL_REDUCE_LOCAL_4D_16:
        local_s = 8 * init_s + move_s;
        break;
    case CC_ALL_REDUCE_LOCAL_2D_16:
        local_s = 6 * (2 * init_s + move_s / 4);
        break;
    case CC_ALL_REDUCE_LOCAL_RING_16:
        local_s = 30 * init_s + 1.875 * move_s;
        break;
    case CC_ALL_REDUCE_LOCAL_RING_8:
        local_s = 14 * init_s + 1.75 * move_s;
        group = 8;
        break;
    case CC_ALL_REDUCE_COUNT:
        break;
    }
    return chips == group ? local_s : local_s + between_groups_s(chips, group, init_s, move_s);
}

double cc_all_to_all_s(int64_t chips, double bytes, double init_s, double bytes_per_s)
{
    const double p = (double)chips;
    return (p - 1) * (init_s + bytes / (p * p) / bytes_per_s);
}
