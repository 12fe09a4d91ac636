/* queue.h: requests that arrive by themselves, not in batches: how long they wait, and how many are there.
 *
 * Arrivals are Poisson at `rate` requests/s to one instance, or to several behind one queue. An instance takes a micro-batch of prompts every
 * `interval_s`. */
#ifndef CC_MODEL_SERVING_QUEUE_H
#define CC_MODEL_SERVING_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/field.h"

/* Erlang B and C: of a units of work offered to i servers, the share that finds all busy; of those that queue. Sources: A. K. Erlang, 1917;
 * the recursion B_0 = 1, B_j = a B_(j-1)/(j + a B_(j-1)) for i up to any number. C wants a < i. */
double cc_erlang_b(int64_t servers, double offered);
double cc_erlang_c(int64_t servers, double offered);

/* Requests that wait for a prefill. */
struct cc_prefill_queue {
    double rate;        /* requests/s */
    double interval_s;  /* from one micro-batch to the next */
    double micro_batch; /* requests; 1 where there are several instances */
    int64_t instances;  /* behind one queue */
    double cv2;         /* variance over squared mean of the time of a prefill; 0: prompts of one length */
};

/* The share of its time that the prefill is busy; 1 or more: the queue grows for ever, and nothing below holds. */
double cc_queue_load(const struct cc_prefill_queue *queue);

/* Time (s) until a micro-batch is complete, on the mean: (m - 1)/(2 rate). */
double cc_queue_gather_s(const struct cc_prefill_queue *queue);

/* Time (s) that a complete micro-batch waits, on the mean. One instance: load D (1/m + cv2)/(2 (1 - load)) (Pollaczek and Khinchine; m = 1, cv2 = 0:
 * M/D/1); several: C D/(i (1 - load)) (1 + cv2)/2 (M/G/i, Lee and Longton, 1959). */
double cc_queue_wait_s(const struct cc_prefill_queue *queue);

/* The wait (s) that a share `quantile`, below 1, of the requests does not exceed. M/D/1: exactly up to a few
 * service times, beyond by the decay of its tail; otherwise exponential of the mean of those that wait. */
double cc_queue_wait_quantile_s(const struct cc_prefill_queue *queue, double quantile);

/* Whether that is no more than wait_s: the same, in less time than to find it. */
bool cc_queue_keeps(const struct cc_prefill_queue *queue, double quantile, double wait_s);

/* Columns that say how long requests wait for their prefill. */
#define CC_WAIT_COLUMNS(X, T) \
    X##_REAL(T, wait_s, "wait_s", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "s", "of requests that arrive by themselves: until the prefill of one begins, on the mean") \
    X##_REAL(T, quantile_ttft_s, "quantile_ttft_s", CC_OPTIONAL, NAN, CC_POSITIVE, "s", "of these: the TTFT, with the wait, that the share of them that the quantile says does not exceed")

struct cc_waits {
    CC_WAIT_COLUMNS(CC_MEMBER, )
    double ttft_s; /* with the wait, on the mean */
};

/* Those of a queue with a load below 1, whose prefill takes `through_s`: gather and wait, and the prefill. */
struct cc_waits cc_waits_of(const struct cc_prefill_queue *queue, double through_s, double quantile);

/* Time (s) of a token when `requests` are present, a real number. */
typedef double cc_token_s(const void *context, double requests);

/* Number of requests that a generation has at once, as far as `batch` of them fit. With n present each has a pass every token_s(n), and
 * needs `steps`: a queue with a shared processor, so that n is there for a share of the time in proportion to the product over k = 1...n of
 * rate steps token_s(k)/k, whatever the lengths of answers are. While a request is there, so are `mean` others:
 *
 *     mean = rate steps token_s(mean + 1),  variance = mean/(1 - s),  s = rate steps times the rise of token_s for each request
 *
 * exactly where token_s is a straight line (negative binomial; Poisson where it is level). The rise is that from mean + 1 on, over 1 +
 * sqrt(mean) requests, which evens out steps; s is no more than mean/(mean + 1), as where token_s is in proportion. At the quantile, with the normal deviate z of it:
 * mean + z sqrt(variance) + (1 + s)/(1 - s) (z^2 - 1)/6, the last where z > 1, by the third moment (Cornish and Fisher, 1938).
 * Sources: Cohen, The multiple phase service network with generalized processor sharing (1979); Kelly, Reversibility (1979). */
struct cc_presence {
    double mean, at_quantile; /* requests */
    double tpot_s, quantile_tpot_s; /* with these, and the one that waits for the token */
    bool fits; /* at the quantile; else nothing above holds */
};

/* `deviate` is that of the quantile (cc_normal_quantile). */
struct cc_presence cc_presence_of(double rate, double steps, double batch, double deviate, cc_token_s *token_s,
                                  const void *context);

/* The number at the quantile, of the mean number at that rate. */
double cc_present_at_quantile(double rate, double steps, double mean, double deviate, cc_token_s *token_s,
                              const void *context);

/* The standard normal deviate that a share `quantile` does not exceed: 0.9 is at 1.2816, 0.99 at 2.3263. */
double cc_normal_quantile(double quantile);

/* The largest rate, from 0 to `most`, that `good` says of that it is good, by bisection; it is good below some rate and bad above. 0: of none. */
typedef bool cc_good_rate(const void *context, double rate);
double cc_goodput(double most, cc_good_rate *good, const void *context);

/* That of M/D/1 by the mean alone (closed form), for one request at a time: with v the time that the promise leaves beside the pass,
 * load 2v/(D + 2v). */
double cc_mean_goodput(double interval_s, double left_s);

#endif
