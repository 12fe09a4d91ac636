/* collective.h: the links that collective operations among the chips of a stage go over. */
#ifndef CC_MODEL_SERVING_COLLECTIVE_H
#define CC_MODEL_SERVING_COLLECTIVE_H

#include <stdint.h>

#include "model/network/all_reduce.h"
#include "model/network/channel.h"
#include "model/serving/place.h"
#include "model/serving/serving.h"

/* Packages and servers that a number of chips lie in. */
struct cc_extent {
    int64_t chips, packages, servers;
};
struct cc_extent cc_extent_of(const struct cc_serving *serving, int64_t chips);

/* The link that bounds collectives of `chips` chips of a stage: of all links on the way round them, in a package, between packages,
 * between servers, the longest start-up and the lowest bandwidth. So a faster link is never slower. Published (link-hops): the link
 * between packages; when a stage, or that part of it, spans several servers, that or the server link, whichever has the lower bandwidth; a part
 * that packages hold whole: the link of a chip. */
struct cc_channel cc_collective_channel(const struct cc_serving *serving, const struct cc_stage_place *place,
                                        int64_t chips);

/* Over a switch or a mesh, for what takes a time at `bytes_per_s`. */
struct cc_all_reduce_plan cc_direct_all_reduce(const struct cc_serving *serving, int64_t chips, double bytes_per_s);

/* The system's all-reduce over `chips` chips of a stage: seconds of it for what takes a time over `channel`. Over a switch or mesh
 * (cc_all_reduce_levels_plan) it goes by the levels that the chips lie in, over the links of each; a switch adds up between the packages
 * of a server, and a package of a mesh has links to all others of its server. */
static inline struct cc_all_reduce_plan cc_stage_all_reduce(const struct cc_serving *serving, int64_t chips,
                                                            struct cc_channel channel)
{
    return cc_all_reduce_is_direct(serving->all_reduce)
               ? cc_direct_all_reduce(serving, chips, channel.bytes_per_s)
               : cc_all_reduce_plan_of(serving->all_reduce, chips, channel.init_s);
}

/* pJ for a byte that moves on by a chip, on the mean of all steps of a ring round the chips. Published (link-hops):
 * that of the link of a chip. */
double cc_collective_pj_per_byte(const struct cc_serving *serving, int64_t chips);

#endif
