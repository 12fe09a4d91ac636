/* pool.h: pools of systems that do one phase each, and the caches that go from one to the other.
 *
 *     prompts --> n_p prefill instances --- key/value caches ---> n_d generate instances --> answers
 *                 X_p requests/s each         kv_bytes each        X_d requests/s each
 *
 * An instance is a system of its own: a design of server, a number of servers, a mapping, with the whole model on it.
 * Source: DistServe (arXiv 2401.09670); aiconfigurator, disaggregated serving. */
#ifndef CC_MODEL_SERVING_POOL_H
#define CC_MODEL_SERVING_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/field.h"
#include "model/reject.h"
#include "model/serving/cost.h"
#include "model/serving/queue.h"
#include "model/serving/service.h"
#include "model/serving/system.h"
#include "model/workload.h"

/* Whole instances whose rates match: all that n_d instances generate at full load, and the fewest that prefill as much. */
struct cc_match {
    int64_t prefill, generate;
    double requests_per_s; /* of all: min(n_p X_p, n_d X_d) = n_d X_d */
    double prefill_load;   /* X/(n_p X_p), the share of the prefill's rate that is used */
};

struct cc_match cc_match_of(double prefill_requests_per_s, double generate_requests_per_s, int64_t generate);

/* Servers that hold the cache of one request: min(servers, p ceil(a/chips of a server)), for stages whose attention is on `a` chips. */
double cc_kv_servers(double num_servers, double stages, double attention_parallel, double chips_per_server);

/* A cache on its way. */
struct cc_kv_transfer {
    double kv_bytes, bytes_per_s, init_s;
    double layers, prefill_s; /* of the model; of a micro-batch through all stages */
};

/* Time (s) from the end of the prefill to the whole cache's being there. After the prefill: init + kv/bw. Overlapped: each layer's part
 * leaves when its layer is done; init + max(kv/L, kv - bw prefill_s (L - 1)/L)/bw. */
double cc_kv_transfer_s(const struct cc_kv_transfer *transfer, bool overlapped);

/* An instance of a pool. */
struct cc_instance {
    struct cc_cost_basis cost;
    double num_servers, requests_per_s;
    double whole_servers;  /* num_servers, or of parts of servers as many as they make */
    double micro_batch;      /* prefill: requests */
    double energy_j;         /* of a request, all chips; of a prefill with the transfer of its cache, which is: */
    double transfer_j;
    double through_s;        /* prefill: of a micro-batch through all stages */
    double tpot_s;           /* generate: time of a token */
    double link_bytes_per_s; /* of the server links of an instance together */
    double kv_bytes_per_s;   /* of those that hold one request */
    double link_init_s;
};

/* Cost ($/s) of an instance at a share of its rate. */
double cc_instance_usd_per_s(const struct cc_instance *instance, double load);

/* Whether the links of an instance keep up with the caches of so many requests/s; false: `reject` says kv-link. */
bool cc_kv_link_holds(const struct cc_instance *instance, double requests_per_s, double kv_bytes,
                      struct cc_reject *reject);

/* Whether one prefill instance takes the place of another in every deployment: as many of them as are needed in its place, whatever the
 * rate, cost no more, are no slower, and their links always hold. r = X_b/X_a: n of b are at most n ceil(r) of a, so
 * idle_a ceil(r) <= idle_b. */
bool cc_prefill_covers(const struct cc_instance *a, const struct cc_instance *b, double kv_bytes);

/* Columns of the `point` of a deployment: of its own, and as of other points. */
#define CC_DEPLOYMENT_OWN_COLUMNS(X, T) \
    X##_INT(T, prefill_instances, "prefill_instances", CC_OPTIONAL, NAN, CC_POSITIVE, "", "systems that do the prefill") \
    X##_INT(T, generate_instances, "generate_instances", CC_OPTIONAL, NAN, CC_POSITIVE, "", "systems that do the generation, at full load") \
    X##_REAL(T, prefill_load, "prefill_load", CC_OPTIONAL, NAN, CC_PROPER_RATIO, "", "share of the prefill systems' rate that is used") \
    X##_REAL(T, transfer_s, "transfer_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "from the end of the prefill until the whole cache has arrived") \
    X##_REAL(T, transfer_j, "transfer_j", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "J", "energy of a cache on its way, counted with the prefill") \
    X##_REAL(T, request_latency_s, "request_latency_s", CC_OPTIONAL, NAN, CC_POSITIVE, "s", "from the prompt to the last token")

/* wait_s and quantile_ttft_s: with --load. */
#define CC_DEPLOYMENT_COLUMNS(X, T) \
    CC_DEPLOYMENT_OWN_COLUMNS(X, T) \
    CC_WAIT_COLUMNS(X, T) \
    X##_REAL(T, num_servers, "num_servers", CC_OPTIONAL, NAN, CC_POSITIVE, "", "servers of all these systems") \
    X##_REAL(T, requests_per_s, "requests_per_s", CC_OPTIONAL, NAN, CC_POSITIVE, "1/s", "requests served by all these systems") \
    X##_REAL(T, ttft_s, "ttft_s", CC_OPTIONAL, NAN, CC_POSITIVE, "s", "from the prompt of a request to its first token (TTFT), the mean; without --load without a wait") \
    X##_REAL(T, generate_latency_s, "generate_latency_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "from the first token to the last, the transfer included") \
    CC_SERVICE_TIMES(X, T) \
    CC_SERVICE_SYSTEM(X, T) \
    CC_COST_REQUEST(X, T) \
    CC_COST_INPUT(X, T) \
    CC_COST_OUTPUT(X, T)

struct cc_deployment { CC_DEPLOYMENT_COLUMNS(CC_MEMBER, ) };

/* Figures that the two instances of a deployment share. */
struct cc_joint {
    struct cc_workload workload;
    double kv_bytes, layers; /* cache of a request when it is handed over; layers of the model */
    bool overlapped;         /* the transfer, with the prefill */
    int64_t instances_most;  /* generate instances */
    double load, quantile;   /* share of the rate that arrives, by itself where it is below 1; and of the requests that a wait is told for */
};

/* The deployment of these instances that costs least for a request, with 1 to instances_most of generate and the fewest of
 * prefill; of equally good ones the smallest. Each phase pays for its own instances: usd_per_input_token is the prefill's, usd_per_output_token
 * the generation's. False when the links never hold: `reject` says so. */
bool cc_deployment_of(const struct cc_instance *prefill, const struct cc_instance *generate,
                      const struct cc_joint *joint, struct cc_deployment *deployment, struct cc_reject *reject);

#endif
