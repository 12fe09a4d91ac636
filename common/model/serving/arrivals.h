/* arrivals.h: a system that requests arrive at by themselves: how it serves them at a rate, and the largest rate that keeps a promise.
 *
 * Arrivals are Poisson. Prompts wait for their prefill, first come, first served (queue.h); then a request is generated beside the others
 * that are present, N of them on the mean, in as many micro-batches as the point has, each of N/batch of what it has there:
 *
 *     rate --> queue --> prefill --> N = rate steps tpot(N) under generation --> answers
 *
 * A token takes, with t(N) the token time of a system that generates alone, D the interval of prefills and m their micro-batch:
 *
 *     one phase alone      t(N)
 *     both phases          t(N)/(1 - rate D/m)            the prefill goes first, and generation has the time that it leaves
 *     mixed passes         max over R in {through all stages, micro-batches times interval}
 *                              R_generate/(1 - k (R_mixed - R_generate)), k = rate prompt/(chunk micro-batches)
 *
 * The last because a share k tpot of all passes is mixed. There the queue is for chunks: a prompt takes prompt/chunk mixed passes, of as
 * many prompts at once as there are attention groups.
 *
 * The system is full at N = batch. It keeps up with a rate when the queue does and those present at the quantile, fit into the batch.
 * Sources: DistServe (arXiv 2401.09670), goodput; queue.h. */
#ifndef CC_MODEL_SERVING_ARRIVALS_H
#define CC_MODEL_SERVING_ARRIVALS_H

#include "model/serving/point.h"
#include "model/serving/step.h"
#include "model/workload.h"

/* A mapping with its batch, opened for many rates. */
struct cc_arrivals {
    const struct cc_serving *serving;
    const struct cc_stage_place *place;
    double batch, micro_batches, prefill_micro_batch;
    double quantile, deviate; /* and the normal deviate of it */
    struct cc_pace prefill;   /* unless it is a generation alone, or passes are mixed */
    struct cc_stages stages;
    struct cc_pipeline pipeline;
    struct cc_step generate, mixed;
};

/* Of a system without sub-systems. Refers to `serving` and `mapping`. The quantile is at least 0.5 and below 1. */
void cc_arrivals_open(struct cc_arrivals *arrivals, const struct cc_serving *serving, const struct cc_mapping *mapping,
                      int64_t batch, double quantile);

/* Sets the columns of a rate above 0, those that the duty of the system has. False: it does not keep up with it, and nothing is set. */
bool cc_arrivals_at(const struct cc_arrivals *arrivals, double rate, struct cc_point *point);

/* The largest rate (requests/s) that the system keeps up with, and a promise with it: at the quantile, by TTFT and TPOT. 0: none. A bound that
 * is NAN holds always. Where prompts gather to micro-batches, small rates may break the promise too. */
double cc_arrivals_goodput(const struct cc_arrivals *arrivals, const struct cc_slo *slo);

/* The rate (requests/s) at which the system is always full, which none that it keeps up with reaches. */
double cc_arrivals_capacity(const struct cc_arrivals *arrivals);

/* Sets the columns of the goodput. */
void cc_arrivals_set_goodput(const struct cc_arrivals *arrivals, const struct cc_slo *slo, struct cc_point *point);

#endif
