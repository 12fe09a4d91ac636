/* counts.h: numbers of servers of a system. */
#ifndef LLM_MAP_COUNTS_H
#define LLM_MAP_COUNTS_H

#include "mapper.h"

/* Numbers of servers, ascending, each once. */
struct counts {
    const int64_t *list;
    size_t count;
    size_t first;     /* where they begin among those that a pruner has listed; */
    const bool *open; /* which have to be looked at; NULL: all */
};

/* Every divisor of the number of layers: the number of servers when there is no system file. */
size_t divisors(int64_t n, int64_t *list);

/* Whether the numbers of servers of a system are those that it lists, but for those that do not hold the model. */
bool lists_servers(const struct mapper *m, const struct cc_system_input *in);

/* Those that it lists. */
struct counts listed_servers(struct mapper *m, const struct cc_system_input *in);

/* The numbers of servers that hold the model. Of those that are listed, those from the first one on. */
struct counts counts_of(struct mapper *m, const struct cc_system_input *in, const struct cc_pruner *pruner,
                        struct cc_reject *reject);

#endif
