/* mappings.h: the mappings of a server that become points. */
#ifndef LLM_MAP_MAPPINGS_H
#define LLM_MAP_MAPPINGS_H

#include "counts.h"
#include "mapper.h"

/* What points are compared by, under the current system and workload. */
struct cc_objectives objectives_of(const struct mapper *m);

/* Prices of time and energy of a system of the current servers. */
struct cc_prices prices_for(const struct mapper *m, double num_servers);

/* What mappings of one phase are left out for, under the system `alternative`. */
struct cc_passing *passing_of(struct mapper *m, uint64_t alternative);

/* Adds the points of all numbers of servers. */
void add_points(struct mapper *m, const struct cc_system_input *in, const struct cc_serving *serving,
                struct counts counts, struct cc_pruner *pruner, struct cc_passing *passing,
                struct cc_reject *reject);

#endif
