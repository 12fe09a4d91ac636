/* routing.h: how a system routes tokens to experts, and how it serves latent attention. */
#ifndef CC_MODEL_SERVING_ROUTING_H
#define CC_MODEL_SERVING_ROUTING_H

#include <stdbool.h>

#include "model/serving/system.h"

struct cc_routing {
    bool direct;           /* a token is sent once for each expert, not once for each server, package and chip that has one */
    double route_servers;  /* a token's experts lie on at most so many servers; 0: on any */
    double redundant;      /* copies of experts, besides them */
    double imbalance;      /* of the hottest share over the mean; 0: as under uniform routing */
    double capacity;       /* factor of buffers that are padded; 0: as many rows as there are */
    bool two_batches;      /* one half of a micro-batch communicates while the other computes */
    bool replicated;       /* chips that have the same KV head each hold the cache of all requests */
    bool naive_latent;     /* keys and values are made of the latent for every token generated */
    bool mtp;              /* modules that predict further tokens are in memory */
};

/* The values of texts are known ones (cc_system_open checks). */
struct cc_routing cc_routing_of(const struct cc_system *system);

#endif
