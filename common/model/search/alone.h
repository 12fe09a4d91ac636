/* alone.h: the mappings of a system that does one phase alone, or both in mixed passes, in a steady state. */
#ifndef CC_MODEL_SEARCH_ALONE_H
#define CC_MODEL_SEARCH_ALONE_H

#include "model/search/search.h"

/* A mapping, and its point. */
struct cc_alone {
    struct cc_mapping mapping;
    struct cc_point point;
};

/* What mappings are compared by: a request's energy, the share of its cost that output tokens pay, requests/s, and
 * times. */
struct cc_merit {
    double j, output_share, requests_per_s, ttft_s, generate_s, token_s, worst_tpot_s;
};

enum { CC_ALONE_MAX = 4096 };

/* Mappings none of which is beaten by another in requests/s, energy of a request and its times: to the first token, of
 * a token, from the first to the last; of mixed passes also in the part of both that output tokens pay, and the time of
 * a token at worst. Whatever the prices, and whatever share of the rate is used, the best is among them. Large (1.5
 * MB): keep one and use it again. */
struct cc_alones {
    size_t count;
    struct cc_alone list[CC_ALONE_MAX];
    struct cc_merit merit[CC_ALONE_MAX]; /* of each, while they are looked for */
};

/* Those of the first `batches` batches of the space (cc_space_open), whose serving does one phase; the batches of a
 * prefill are its micro-batches. By batch, then by time, then by rate. False when they are more than CC_ALONE_MAX. */
bool cc_space_alone(struct cc_space *space, size_t batches, struct cc_alones *found);

/* Calls `meet` with every mapping. */
void cc_space_each_alone(struct cc_space *space, size_t batches, void (*meet)(void *, const struct cc_alone *),
                         void *context);

#endif
