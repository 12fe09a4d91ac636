/* step.h: time and energy of one micro-batch's pass through the pipeline, from the operators of its layers.
 *
 * How time grows with the micro-batch: a stage takes no less with more requests, and with twice as many no more for each of them
 * (test_layers, overheads_grow_as_work_does). Every overhead keeps this:
 *
 *     op_s, collective_s, pass_s     constant: no less, less for each request
 *     request_s                      in proportion
 *     attention_fill                 max(constant, in proportion)
 *     the shares of attention        scale a load
 *     activation_, score_traffic     loads in proportion to rows, or to rows assigned to experts
 *     exposed_, hidden_share         max(a, b) + share min(a, b): rises, and falls for each request, where a and b do
 */
#ifndef CC_MODEL_SERVING_STEP_H
#define CC_MODEL_SERVING_STEP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "model/serving/dispatch.h"
#include "model/serving/layouts.h"
#include "model/serving/matmul.h"
#include "model/serving/ops.h"
#include "model/serving/pass_energy.h"
#include "model/serving/place.h"
#include "model/serving/serving.h"

enum { CC_AXIS_MAX = 64 };

/* Micro-batches, ascending; made once and used for many passes. */
struct cc_axis {
    size_t count;
    double requests[CC_AXIS_MAX], ones[CC_AXIS_MAX];
};

/* Adds a micro-batch. There is room for CC_AXIS_MAX. */
static inline void cc_axis_add(struct cc_axis *axis, double requests)
{
    axis->requests[axis->count] = requests;
    axis->ones[axis->count++] = 1;
}

enum { CC_LANES_STEP = 4 }; /* rows of numbers that loops go through side by side are as long as a multiple of this */

static inline size_t cc_padded(size_t count)
{
    return (count + CC_LANES_STEP - 1) / CC_LANES_STEP * CC_LANES_STEP;
}

/* Stages of a pipeline that a pass goes through. */
struct cc_pipeline {
    size_t kinds;
    double layers[CC_LAYER_KINDS_MAX], all_layers; /* of each kind in the model, and all */
    bool own_layers; /* each stage takes the time of its own layers; published: of the slowest stage's */
    double hand_over_init_s, hand_over_move_s; /* to the next stage, and for each request */
    double hand_over_groups;                   /* whose requests a server hands over, at least one */
    const struct cc_stages *stages;
};

/* The chunk of a mixed pass (chunked.h), besides the tokens of its micro-batch; empty in others. */
struct cc_chunk {
    double tokens, rows; /* of prompts: of the stage, of an attention group */
    double prompts;      /* that end with it, of an attention group: a share of one */
    double j;
};

/* Part of a pass that does not depend on the micro-batch. */
struct cc_step {
    const struct cc_matmul_chip *chip;
    size_t kinds;
    struct cc_layer_ops layer[CC_LAYER_KINDS_MAX];
    struct cc_op output; /* which the last stage has besides its layers */
    bool has_output;
    double groups, shards; /* attention groups of a stage; as in struct cc_head_split */
    double queries;
    double least_reads;   /* requests whose cache takes as long to load as that of any fewer */
    double hidden_share;  /* of the shorter of products and collectives, what the longer hides */
    double pass_s, request_s; /* fixed times on the last stage: of a pass, and of each request of an attention group */
    bool has_experts, dispatches, two_batches;
    struct cc_expert_load experts;
    struct cc_dispatch dispatch;
    bool all_blocks; /* of a product on systolic arrays bind it; published: one */
    struct cc_pass_energy energy;
    struct cc_chunk chunk;
};

/* A pass of `serving` at `place` in a phase. The step refers to serving->chip. */
void cc_step_open(struct cc_step *step, const struct cc_serving *serving, const struct cc_stage_place *place,
                  const struct cc_phase *phase);

/* The part of a pipeline that says how layers lie, not what it takes to hand over. */
void cc_pipeline_lay(struct cc_pipeline *pipeline, const struct cc_serving *serving, const struct cc_stages *stages);

/* The pipeline refers to `stages`, which are those of the model in as many stages as the place has. */
void cc_pipeline_of(struct cc_pipeline *pipeline, const struct cc_serving *serving, const struct cc_stage_place *place,
                    const struct cc_phase *phase, const struct cc_stages *stages);

/* Whether a step at one place is the same at another: the stages have as many chips, which share layers alike and reach beyond a
 * server likewise. */
static inline bool cc_same_stage(const struct cc_stage_place *a, const struct cc_stage_place *b)
{
    return a->tensor_parallel == b->tensor_parallel && a->attention_groups == b->attention_groups &&
           a->expert_parallel == b->expert_parallel &&
           (a->num_servers > a->pipeline_parallel) == (b->num_servers > b->pipeline_parallel);
}

/* Times and energies of a stage at every micro-batch of an axis: seconds of a layer of each kind, of the output projection, joules of the
 * whole pass, and the requests of an attention group. */
struct cc_pieces {
    double layer_s[CC_LAYER_KINDS_MAX][CC_AXIS_MAX];
    double output_s[CC_AXIS_MAX], j[CC_AXIS_MAX], group_requests[CC_AXIS_MAX];
};
void cc_step_pieces(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_pieces *pieces);

/* Pieces in rows: those of a layer of kind k are at layer_s + k * stride. */
struct cc_piece_rows {
    size_t stride; /* a multiple of CC_LANES_STEP; what is beyond the micro-batches says nothing */
    const double *layer_s, *output_s, *j, *group_requests;
};

/* A product as work, for each unit of what it grows with, which is given by micro-batch. */
struct cc_load {
    double flop, rate, bytes;
    const double *times, *loads;
};

/* What pieces of a step are made of, whatever the peak and the memory bandwidth of the chip, in rows as above: of a
 * layer of each kind its products, and what it takes besides them. */
struct cc_parts {
    size_t kinds, stride;
    double hidden_share;
    struct cc_part {
        size_t loads;
        struct cc_load *load;
        double fixed_s;
        double *exchange_s;
    } *layer, output; /* output: the projection, if there is one, and what the last stage takes besides */
    double *j, *group_requests;
    void *room; /* where all this lies */
    size_t room_size;
};

/* Whether steps of the server have such parts: not on systolic arrays, nor where halves of a micro-batch overlap. */
bool cc_has_parts(const struct cc_serving *serving);

/* Those of a step at every micro-batch of an axis. `parts` is zeroed, or made before, and then lies where it did if there is room. It belongs
 * to the arena. False when memory has run out. */
bool cc_parts_of(struct cc_parts *parts, const struct cc_step *step, const struct cc_axis *axis,
                 struct cc_arena *arena);

/* Makes pieces of them on a chip: the same to the last bit as cc_step_pieces. `layer_s` has a row for each kind. The plain variant is what
 * machines run that have no wider one (base/variants.h). */
void cc_parts_pieces(const struct cc_parts *parts, const struct cc_matmul_chip *chip, double *layer_s,
                     double *output_s);
void cc_parts_pieces_plain(const struct cc_parts *parts, const struct cc_matmul_chip *chip, double *layer_s,
                           double *output_s);

/* Work of the products of a step, which no link and no fixed time is part of: in each class, whose members load in the
 * same way, products of a layer take at least max(compute_s, load_s). Of kinds and classes without products, nothing is
 * set. */
struct cc_work {
    bool has[CC_LAYER_KINDS_MAX][CC_GROWTHS];
    double compute_s[CC_LAYER_KINDS_MAX][CC_GROWTHS][CC_AXIS_MAX], load_s[CC_LAYER_KINDS_MAX][CC_GROWTHS][CC_AXIS_MAX];
    double output_compute_s[CC_AXIS_MAX], output_load_s[CC_AXIS_MAX]; /* 0: no output projection */
};
void cc_step_work(const struct cc_step *step, const struct cc_axis *axis, size_t count, struct cc_work *work);

/* One micro-batch: through all stages, the time until the next one follows, which the slowest stage sets, and the energy.
 * Source: Chiplet Cloud (arXiv 2307.02666), inference simulation. */
struct cc_pace {
    double through_s, interval_s, j;
};

/* Those of the micro-batches of an axis. */
struct cc_paces {
    double through_s[CC_AXIS_MAX], interval_s[CC_AXIS_MAX], j[CC_AXIS_MAX];
};

static inline struct cc_pace cc_pace_at(const struct cc_paces *paces, size_t i)
{
    return (struct cc_pace){paces->through_s[i], paces->interval_s[i], paces->j[i]};
}

/* The same, `step` numbers apart. */
struct cc_pace_rows {
    double *through_s, *interval_s, *j;
    size_t step;
};

/* Handing a micro-batch over to the next stage: each server the rows of its own groups. */
void cc_hand_overs(const struct cc_pipeline *pipeline, const double *requests, const double *group_requests,
                   size_t count, double *hop_s);

/* The first `count` of them, from pieces and hand-overs. */
void cc_rows_paces(const struct cc_pipeline *pipeline, const struct cc_piece_rows *pieces, const double *hop_s,
                   size_t count, const struct cc_pace_rows *paces);
void cc_pieces_paces(const struct cc_pipeline *pipeline, const struct cc_pieces *pieces, const struct cc_axis *axis,
                     size_t count, struct cc_paces *paces);

/* Where they go. */
struct cc_step_detail {
    struct cc_pace pace;
    double layer_products_s, layer_exchange_s; /* of a layer of the first kind */
    double hand_over_s, output_s;
    double compute_s, load_s; /* products of all layers and the output projection, by what binds each, and what it does not hide of the other */
    double fixed_s;           /* of operators and the pass */
    double communication_s;   /* of the pass: what its products leave */
    double fma_j, memory_j, network_j;
    double experts_touched, dispatch_s, combine_s; /* of a layer with experts; 0: there is none */
};

struct cc_step_detail cc_step_detail_of(const struct cc_step *step, const struct cc_pipeline *pipeline,
                                        double micro_batch);

#endif
