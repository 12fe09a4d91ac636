/* pruning.h: what --frontier, --where and --demand of llm-map ask for. */
#ifndef LLM_MAP_PRUNING_H
#define LLM_MAP_PRUNING_H

#include "base/error.h"
#include "model/search/objectives.h"
#include "model/serving/fleet.h"
#include "model/workload.h"
#include "stream/conditions.h"

struct pruning {
    bool frontier; /* given, with these columns */
    bool demanded; /* the cost is that of a fleet for the demand */
    bool time[CC_TIMES];
    struct cc_conditions where;
    struct cc_demand demand;
};

/* Parsers of the options; `member` is the struct pruning. */
bool pruning_parse_frontier(const char *text, void *member, struct cc_error *error);
bool pruning_parse_where(const char *text, void *member, struct cc_error *error);
bool pruning_parse_demand(const char *text, void *member, struct cc_error *error);

/* Whether the options go together. */
bool pruning_check(const struct pruning *pruning, struct cc_error *error);

/* Whether anything may be left out. */
bool pruning_asked(const struct pruning *pruning);

/* Whether times are compared or limited that only the mappings of --service-levels hold the best of. */
bool pruning_by_levels(const struct pruning *pruning);

/* Whether systems of a --phase have the columns. */
bool pruning_of_phases(const struct pruning *pruning);

/* For systems of which `parts` stand in a server. */
struct cc_objectives pruning_objectives(const struct pruning *pruning, struct cc_workload workload, int64_t parts);

#endif
