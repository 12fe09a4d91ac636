/* objectives.h: what points are left out for: a cost and times that are the lower the better, and limits on times. */
#ifndef CC_MODEL_SEARCH_OBJECTIVES_H
#define CC_MODEL_SEARCH_OBJECTIVES_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/serving/cost.h"

/* Times of a point: generate_latency_s, prefill_latency_s, ttft_s, tpot_s. The first and the last are of generation,
 * the others of prefill. */
enum cc_time { CC_TIME_GENERATE, CC_TIME_PREFILL, CC_TIME_TTFT, CC_TIME_TPOT, CC_TIMES };

struct cc_times {
    double s[CC_TIMES];
};

struct cc_objectives {
    bool cost; /* false: points are left out by limits alone */
    bool time[CC_TIMES];
    double most_s[CC_TIMES];    /* INFINITY: no limit */
    double demand_tokens_per_s; /* of whose fleets the cost is; 0: of a system at full load */
    double parts;               /* of a server, each with a system */
};

/* Cost and generate latency. */
struct cc_objectives cc_objectives_default(void);

/* Whether a time is compared or limited. */
static inline bool cc_objectives_use(const struct cc_objectives *objectives, enum cc_time time)
{
    return objectives->time[time] || isfinite(objectives->most_s[time]);
}

/* Work of a batch: requests, tokens of an answer, seconds and joules of both phases. */
struct cc_batch_work {
    double requests, tokens, s, j;
};

/* What a request of a batch costs, or under the published convention token-cost that over the batch: that of tco-eval's
 * usd_per_output_token but for a factor that all points share.
 *
 * With a demand D, tokens of answers a second: a system does b G / T tokens/s, so N = ceil(D T / (b G)) of them,
 * rounded up to whole servers, meet it. They cost N times the price of a second, and the joules of all tokens
 * (fleet.h). A token of that costs as one of a batch that takes N b G / D >= T. So the cost rises with time and energy,
 * as without a demand. The design of the chip costs all alike.
 *
 * Whole numbers round up, so that a factor `slack` on the demand, 1 and a little more or less, bounds the cost from
 * that side. */
double cc_objective_usd(const struct cc_objectives *objectives, bool token_cost, struct cc_prices prices,
                        struct cc_batch_work work, double slack);

/* The time which that cost has in place of work.s. */
double cc_objective_s(const struct cc_objectives *objectives, struct cc_batch_work work, double slack);

#endif
