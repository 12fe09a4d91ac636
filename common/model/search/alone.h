/* alone.h: the mappings of a system that does one phase alone, or both in mixed passes, in a steady state. */
#ifndef CC_MODEL_SEARCH_ALONE_H
#define CC_MODEL_SEARCH_ALONE_H

#include "model/search/known.h"
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

/* What mappings are left out for: limits on times, and those that have been answered with, at prices of time and
 * energy. Large (200 KB). */
struct cc_passing {
    struct cc_objectives objectives;
    struct cc_prices prices;
    struct cc_known known;
    bool passed; /* some have been left out */
};

/* Zeroed memory made ready. */
void cc_passing_open(struct cc_passing *passing, const struct cc_objectives *objectives);

/* Takes a point that is answered with in. */
void cc_passing_learn(struct cc_passing *passing, const struct cc_serving *serving, const struct cc_point *point);

/* Those of the first `batches` batches of the space (cc_space_open), whose serving does one phase; the batches of a
 * prefill are its micro-batches. By batch, then by time, then by rate. With `passing`, without those that miss a limit
 * or that a point taken in beats in cost by more than rounding, and in no time is slower than. False when they are more
 * than CC_ALONE_MAX. */
bool cc_space_alone(struct cc_space *space, size_t batches, struct cc_passing *passing, struct cc_alones *found);

/* Calls `meet` with every mapping. */
void cc_space_each_alone(struct cc_space *space, size_t batches, void (*meet)(void *, const struct cc_alone *),
                         void *context);

#endif
