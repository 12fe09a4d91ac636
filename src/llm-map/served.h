/* served.h: the current server under a system, and with a model. */
#ifndef LLM_MAP_SERVED_H
#define LLM_MAP_SERVED_H

#include "counts.h"
#include "mapper.h"

/* The workload as the record has it: with a rate there is a quantile. */
struct cc_workload workload_of(const struct mapper *m, const struct cc_system_input *in);

/* Makes a system the one that the current server is in. */
void take_system(struct mapper *m, const struct cc_system_input *in, uint64_t alternative);

/* The current server with the current model. */
struct cc_serving serving_of(struct mapper *m);

/* Whether points may be left out; where they may not although it is asked for, says why. */
bool is_bounded(struct mapper *m, const struct cc_system_input *in);

/* The pruner of the current server, under the system `alternative`. */
struct cc_pruner *pruner_of(struct mapper *m, const struct cc_system_input *in, uint64_t alternative);

#endif
