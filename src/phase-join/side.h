/* side.h: what designs of one phase are to a deployment: instances, and the bytes that stand for them in it. */
#ifndef PHASE_JOIN_SIDE_H
#define PHASE_JOIN_SIDE_H

#include "model/serving/pool.h"
#include "stream/derived.h"
#include "stream/packed.h"

/* Entries that are the same in all designs of both streams. */
struct common {
    bool known;
    struct cc_packed model, workload; /* the entries */
    struct cc_packed model_values;    /* the model's, however its numbers are written */
    char name[256];                   /* of the model */
    struct cc_joint joint;
};

void common_init(struct common *common);
void common_free(struct common *common);

enum side_column {
    SIDE_NUM_SERVERS,
    SIDE_BATCH,
    SIDE_TENSOR_PARALLEL,
    SIDE_PIPELINE_PARALLEL,
    SIDE_ATTENTION_PARALLEL,
    SIDE_RATE,
    SIDE_TTFT_S,
    SIDE_PREFILL_J,
    SIDE_KV_BYTES,
    SIDE_TOKENS_PER_S,
    SIDE_GENERATE_J,
    SIDE_COLUMNS,
};

/* The designs of a record. Zeroed it has none. */
struct side {
    bool prefill;
    struct cc_points points;
    struct cc_derived derived;
    double parts; /* systems that share a server, of which each counts as one here */
    struct cc_cost_basis cost;
    double link_bytes_per_s, link_pj_per_byte, link_init_s; /* of a server; of parts of one each has its share of the bytes/s */
    double chips_per_server;
    double *values[SIDE_COLUMNS]; /* by row */
    size_t size;
};

void side_free(struct side *side);

/* Takes a record of the phase that the side has. False when it is none, or not of the model and workload that the
 * records before it have. */
bool side_take(struct side *side, struct common *common, const struct cc_record *record,
               const struct cc_tco_rates *rates, struct cc_conventions conventions,
               struct cc_error *error) CC_MUST_CHECK;

/* The instance that a row is. */
struct cc_instance side_instance(const struct side *side, const struct common *common, size_t row);

/* Packs the map of a design: its entries but for those that the deployment has itself, with the row as `point`. */
void side_pack(const struct side *side, const struct cc_record *record, size_t row, msgpack_packer *packer);

#endif
