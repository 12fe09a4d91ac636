/* collectives.h: what the chips of a stage exchange in a layer, under tensor parallelism. */
#ifndef CC_MODEL_COLLECTIVES_H
#define CC_MODEL_COLLECTIVES_H

#include "model/serving.h"

/* Where a pipeline stage runs. */
struct cc_stage_place {
    int64_t tensor_parallel;   /* chips of the stage */
    int64_t pipeline_parallel; /* stages */
    int64_t num_servers;       /* of the whole system */
};

/* The link that collectives of a stage are bound by: between packages inside one server; the slower of that and the
 * server link when a stage spans several. */
struct cc_channel cc_collective_channel(const struct cc_serving *serving, const struct cc_stage_place *place);

/* All-to-alls of a layer: between a layout by heads and one by requests, which a shared key/value cache asks for. Published:
 * two at the width of PaLM or Llama-2. */
double cc_all_to_alls(const struct cc_serving *serving);

/* The collectives of a layer in a stage, for many micro-batches. */
struct cc_collectives {
    struct cc_all_reduce_plan reduce, score_reduce;
    double reduces;                      /* of the rows: after attention, after the feed-forward layer */
    double row_move_s;                   /* to move one request's rows over one link */
    bool has_scores, scores_of_a_request; /* chips share a head; its scores are those of every request */
    double score_move_s;
    double all_to_alls, all_to_all_s; /* how many, and what one takes: start-up, or all of it where it is the same */
    double all_to_all_move_s;         /* and for each request */
};

void cc_collectives_open(struct cc_collectives *collectives, const struct cc_serving *serving,
                         const struct cc_stage_place *place, const struct cc_phase *phase);

/* Seconds of a layer's collectives for a micro-batch of requests. */
static inline double cc_collectives_s(const struct cc_collectives *c, double micro_batch)
{
    double total = c->reduces * cc_all_reduce_run_s(&c->reduce, c->row_move_s * micro_batch);
    if (c->all_to_alls > 0)
        total += c->all_to_alls * (c->all_to_all_s + c->all_to_all_move_s * micro_batch);
    if (c->has_scores)
        total += cc_all_reduce_run_s(&c->score_reduce, c->score_move_s * (c->scores_of_a_request ? micro_batch : 1));
    return total;
}

#endif
