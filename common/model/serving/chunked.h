/* chunked.h: prompts in chunks beside requests under generation, on one system.
 *
 * A pass goes through all stages with one token of each request of a micro-batch; in a mixed pass a chunk of prompts
 * goes along. In a steady state as many prompts come in as answers are complete, so that a share f of the passes is
 * mixed:
 *
 *     chunk     ####      ####      ####           f = N P/(G C)          N requests of a micro-batch, chunks of C
 * tokens, answers   ....  .   ....  .   ....  .        T = f T_mix + (1 - f) T_generate      prompts of P, answers in G
 * passes
 *
 * Sources: Sarathi-Serve (arXiv 2403.02310); aiconfigurator, aggregated serving, for the share and the mean of both
 * passes. */
#ifndef CC_MODEL_SERVING_CHUNKED_H
#define CC_MODEL_SERVING_CHUNKED_H

#include "model/serving/point.h"
#include "model/serving/step.h"

/* The chunk of a mixed pass at a place: each attention group has its part of serving->prefill_chunk > 0, of a prompt of
 * its own. Its tokens look at half of the prompt, the mean over its chunks, or at all of it where prefill does
 * (published, causal-prefill); the keys and values that are loaded for them are those up to their own end, (prompt +
 * part)/2 on the mean: as of a whole prompt for a part that is one. Of a window no
 * more than it keeps and the part. */
double cc_chunk_part(const struct cc_serving *serving, const struct cc_stage_place *place);
struct cc_phase cc_chunk_phase(const struct cc_serving *serving, const struct cc_stage_place *place);

/* A mixed pass: the rows of both go together through products with weights, to experts and over links; attention's core
 * is that of each by itself. Halves of a mixed micro-batch do not overlap (overlap: two_batch). The axis has the
 * requests under generation. */
void cc_mixed_step_open(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place);

/* Paces of mixed passes from their pieces; the pipeline is that of generation. */
void cc_mixed_paces(const struct cc_pipeline *pipeline, const struct cc_pieces *pieces,
                    const struct cc_serving *serving, const struct cc_axis *axis, size_t count, struct cc_paces *paces);

struct cc_chunked_input {
    double prompt, steps; /* tokens; passes that an answer takes, above 0 */
    double chunk, part;   /* tokens of prompts in a mixed pass; of one prompt */
    double micro_batch;   /* requests */
    double micro_batches; /* in flight; as many as stages keep all of these busy */
    double stages;
    struct cc_pace mixed, generate;
};

/* Passes that are mixed, of all. Above 1: prompts do not come in as fast as answers are complete, and there is no such
 * steady state (cc_chunks_keep_up). */
static inline double cc_mixed_share(const struct cc_chunked_input *in)
{
    return in->micro_batch * in->prompt / (in->steps * in->chunk);
}

/* The steady state of a share of at most 1. */
struct cc_chunked {
    double mixed_share;
    double requests_per_s;
    double tpot_s, worst_tpot_s; /* on the mean, and when all passes are mixed */
    double ttft_s;               /* without any wait for the first chunk */
    double input_share;          /* of the time, what mixed passes take longer */
    double input_j, output_j;    /* of a request: what mixed passes take more; the rest */
};
struct cc_chunked cc_chunked_of(const struct cc_chunked_input *in);

/* That of a mapping with so many requests in a micro-batch, a real number, from the paces of these. */
struct cc_chunked_input cc_chunked_input_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                                            double micro_batch, double micro_batches, const struct cc_pace *mixed,
                                            const struct cc_pace *generate);

/* Whether prompts can come in as fast as answers of a micro-batch are complete: a share of mixed passes of at most 1. */
bool cc_chunks_keep_up(const struct cc_serving *serving, double micro_batch, struct cc_reject *reject);

/* The point of a mapping that keeps up, from the paces of its micro-batches. */
struct cc_point cc_chunked_point(const struct cc_serving *serving, const struct cc_mapping *mapping, int64_t batch,
                                 const struct cc_pace *mixed, const struct cc_pace *generate);

/* The same of a mapping that no search has simulated. */
struct cc_point cc_mapping_chunked_point(const struct cc_serving *serving, const struct cc_mapping *mapping,
                                         int64_t batch);

#endif
