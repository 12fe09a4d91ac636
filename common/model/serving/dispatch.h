/* dispatch.h: routed experts: what a micro-batch brings them, and how its tokens get to them and back.
 *
 * With data-parallel attention a token's row is sent to the chips of its experts (dispatch), and what they make of it is sent back (combine).
 * A stage has up to three levels of units: servers, packages, chips; all move at once, so the slowest sets the time. Sources: DeepEP and
 * DeepSeek-V3 (arXiv 2412.19437) for the hierarchy; the mean number of units that have an expert of a token is exact for uniform routing. */
#ifndef CC_MODEL_SERVING_DISPATCH_H
#define CC_MODEL_SERVING_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "model/serving/place.h"
#include "model/serving/serving.h"

/* Part of the experts' load that does not depend on the micro-batch. */
struct cc_expert_load {
    double slots, per_token; /* experts, copies included; of a token */
    double shares, share;    /* that the slots are divided into; slots of one */
    double imbalance, capacity;
    struct cc_experts_memo *memo; /* or NULL */
};
struct cc_expert_load cc_expert_load_of(const struct cc_serving *serving, const struct cc_stage_place *place);

/* Of a micro-batch of `tokens` tokens. */
struct cc_expert_work {
    double touched;   /* experts of a layer that have a token */
    double loaded;    /* by the fullest chip */
    double assigned;  /* rows that go through the experts of the fullest chip */
    double rows;      /* that go through all experts together, over tokens */
    double imbalance; /* of the hottest share over the mean */
};
struct cc_expert_work cc_expert_work_of(const struct cc_expert_load *load, double tokens);

/* A level of units of a stage. */
struct cc_dispatch_level {
    double init_s, request_s; /* for the rows of a request, if one unit had them all; bits of one byte */
    double part;              /* of the rows of an attention group, that a unit has */
    double pj;                /* of a request's rows */
    bool finest;
};

struct cc_dispatch {
    size_t levels;
    struct cc_dispatch_level level[3];
    double gather_init_s, gather_request_s; /* the same by an all-gather: of a group's request */
    double gather_pj;
    double dispatch_bytes, combine_bytes; /* of a number */
};
struct cc_dispatch cc_dispatch_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                  const struct cc_phase *phase);

/* One way: `requests` of the stage, `group_requests` of an attention group; the energy likewise. */
struct cc_sent {
    double s, j;
};
struct cc_sent cc_dispatch_send(const struct cc_dispatch *dispatch, double bytes, double requests,
                                double group_requests, double imbalance);

#endif
