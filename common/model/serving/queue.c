#include "model/serving/queue.h"

#include <math.h>

enum { BISECTIONS = 60 };

double cc_erlang_b(int64_t servers, double offered)
{
    double b = 1;
    for (int64_t j = 1; j <= servers; j++)
        b = offered * b / ((double)j + offered * b);
    return b;
}

double cc_erlang_c(int64_t servers, double offered)
{
    const double b = cc_erlang_b(servers, offered), load = offered / (double)servers;
    return b / (1 - load * (1 - b));
}

double cc_queue_load(const struct cc_prefill_queue *q)
{
    return q->rate * q->interval_s / (q->micro_batch * (double)q->instances);
}

double cc_queue_gather_s(const struct cc_prefill_queue *q)
{
    return (q->micro_batch - 1) / (2 * q->rate);
}

/* Share of the requests that wait at all. */
static double share_that_waits(const struct cc_prefill_queue *q)
{
    const double load = cc_queue_load(q);
    return q->instances == 1 ? load : cc_erlang_c(q->instances, load * (double)q->instances);
}

double cc_queue_wait_s(const struct cc_prefill_queue *q)
{
    const double load = cc_queue_load(q);
    if (q->instances == 1)
        return load * q->interval_s * (1 / q->micro_batch + q->cv2) / (2 * (1 - load));
    return share_that_waits(q) * q->interval_s / ((double)q->instances * (1 - load)) * (1 + q->cv2) / 2;
}

/* The decay x > 0 of the tail of M/D/1, per service time: load (e^x - 1) = x. The difference has the root 0 too, falls
 * up to -ln(load), and rises from there, ever faster: Newton's steps come down to the root from above. */
static double decay_of(double load)
{
    double x = 2 - 2 * log(load), before = INFINITY;
    while (x < before) {
        before = x;
        x -= (load * expm1(x) - x) / (load * exp(x) - 1);
    }
    return before;
}

/* Share of M/D/1's requests that wait no more than t service times, exactly. Terms of alternating sign cancel: good to
 * 1e-9 for t up to EXACT_MOST. Source: Erlang, 1909; Crommelin, 1932. */
enum { EXACT_MOST = 4 };

static double share_within(double load, double t)
{
    double sum = 0;
    for (int k = 0; k <= (int)t; k++) {
        const double u = load * (t - k);
        double term = exp(u);
        for (int j = 1; j <= k; j++)
            term *= -u / j;
        sum += term;
    }
    return (1 - load) * sum;
}

/* Where the tail form is not yet good. */
static double near_quantile(double load, double quantile)
{
    double low = 0, high = EXACT_MOST;
    if (quantile <= 1 - load)
        return 0;
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = (low + high) / 2;
        if (share_within(load, middle) < quantile)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

static bool is_md1(const struct cc_prefill_queue *q)
{
    return q->instances == 1 && q->micro_batch == 1 && q->cv2 == 0;
}

bool cc_queue_keeps(const struct cc_prefill_queue *q, double quantile, double wait_s)
{
    const double load = cc_queue_load(q), t = wait_s / q->interval_s;
    if (wait_s < 0)
        return false;
    if (is_md1(q) && quantile <= share_within(load, EXACT_MOST))
        return t >= EXACT_MOST || quantile <= share_within(load, t);
    return cc_queue_wait_quantile_s(q, quantile) <= wait_s;
}

double cc_queue_wait_quantile_s(const struct cc_prefill_queue *q, double quantile)
{
    const double load = cc_queue_load(q), beyond = 1 - quantile;
    if (load <= 0)
        return 0;
    if (is_md1(q)) {
        const double x = decay_of(load), c = (1 - load) / (load * exp(x) - 1);
        if (quantile <= share_within(load, EXACT_MOST))
            return near_quantile(load, quantile) * q->interval_s;
        return fmax(0, log(c / beyond) / x) * q->interval_s;
    }
    const double waits = share_that_waits(q);
    return fmax(0, cc_queue_wait_s(q) / waits * log(waits / beyond));
}

struct cc_waits cc_waits_of(const struct cc_prefill_queue *queue, double through_s, double quantile)
{
    const double gather_s = cc_queue_gather_s(queue), wait_s = gather_s + cc_queue_wait_s(queue);
    return (struct cc_waits){
        .wait_s = wait_s,
        .quantile_ttft_s = gather_s + cc_queue_wait_quantile_s(queue, quantile) + through_s,
        .ttft_s = wait_s + through_s,
    };
}

double cc_normal_quantile(double quantile)
{
    double low = -40, high = 40;
    for (int i = 0; i < 2 * BISECTIONS; i++) {
        const double middle = (low + high) / 2;
        if (erfc(-middle / sqrt(2)) / 2 < quantile)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

double cc_present_at_quantile(double rate, double steps, double mean, double deviate, cc_token_s *token_s,
                              const void *context)
{
    const double width = 1 + sqrt(mean), rise_s = token_s(context, mean + 1 + width) - token_s(context, mean + 1);
    const double slope = fmin(rate * steps * rise_s / width, mean / (mean + 1));
    const double skew = (1 + slope) / (1 - slope) * fmax(0, deviate * deviate - 1) / 6;
    return fmax(0, mean + deviate * sqrt(mean / (1 - slope)) + skew);
}

struct cc_presence cc_presence_of(double rate, double steps, double batch, double deviate, cc_token_s *token_s,
                                  const void *context)
{
    double low = 0, high = batch;
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = (low + high) / 2;
        if (middle < rate * steps * token_s(context, middle + 1))
            low = middle;
        else
            high = middle;
    }
    const double mean = (low + high) / 2, tpot_s = token_s(context, mean + 1);
    const double at_quantile = cc_present_at_quantile(rate, steps, mean, deviate, token_s, context);
    const bool found = batch >= rate * steps * token_s(context, batch + 1);
    struct cc_presence presence = {.mean = mean, .at_quantile = at_quantile, .fits = found && at_quantile <= batch};
    if (presence.fits) {
        presence.tpot_s = tpot_s;
        presence.quantile_tpot_s = token_s(context, at_quantile + 1);
    }
    return presence;
}

double cc_goodput(double most, cc_good_rate *good, const void *context)
{
    double low = 0, high = most;
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = (low + high) / 2;
        if (good(context, middle))
            low = middle;
        else
            high = middle;
    }
    return low;
}

double cc_mean_goodput(double interval_s, double left_s)
{
    return 2 * left_s / (interval_s + 2 * left_s) / interval_s;
}
