/* pool_of_prefill.h: the prefill designs that some generate design could be joined with best. */
#ifndef PHASE_JOIN_POOL_OF_PREFILL_H
#define PHASE_JOIN_POOL_OF_PREFILL_H

#include "side.h"

struct prefill {
    struct cc_instance instance;
    struct prefill *next; /* in the order of input */
    struct cc_text id;
    struct cc_text entry; /* the map of the design; both follow the struct */
};

/* A deployment with one of them. */
struct choice {
    const struct prefill *prefill;
    struct cc_deployment deployment;
    bool beaten; /* by another */
};

/* Memory grows with the designs that none covers (cc_prefill_covers), not with the stream. */
struct pool {
    size_t count;
    struct prefill *first, **end;
    struct choice *choices; /* room for one with each */
    struct cc_packed id;
};

/* Takes the designs of a record in that none covers. False when it is none of a prefill, or of another model or workload than those
 * before it. */
bool pool_take(struct pool *pool, struct side *side, struct common *common, const struct cc_record *record,
               const struct cc_tco_rates *rates, struct cc_conventions conventions, struct cc_error *error) CC_MUST_CHECK;

/* Makes room for the choices, once all designs are in. */
bool pool_make_room(struct pool *pool, struct cc_error *error) CC_MUST_CHECK;

/* Reads designs from a file, and makes room. */
bool pool_read(struct pool *pool, struct common *common, const char *path, const struct cc_tco_rates *rates,
               struct cc_conventions conventions, struct cc_error *error) CC_MUST_CHECK;
void pool_init(struct pool *pool);
void pool_free(struct pool *pool);

static inline struct cc_text prefill_bytes(const struct prefill *prefill)
{
    return prefill->entry;
}

/* The id of a deployment, until the next is asked for. */
bool pool_joint_id(struct pool *pool, const struct prefill *prefill, struct cc_text generate, struct cc_text *id,
                   struct cc_error *error) CC_MUST_CHECK;

/* Leaves the choices that no other beats in cost of a request, time to the first token and latency, in their order; returns how many. */
size_t choices_sieve(struct choice *choices, size_t count);

#endif
