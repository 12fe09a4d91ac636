#include "model/search/objectives.h"

struct cc_objectives cc_objectives_default(void)
{
    return (struct cc_objectives){
        .cost = true,
        .time = {[CC_TIME_GENERATE] = true},
        .most_s = {INFINITY, INFINITY, INFINITY, INFINITY},
        .parts = 1,
    };
}

double cc_objective_s(const struct cc_objectives *objectives, struct cc_batch_work work, double slack)
{
    const double demand = objectives->demand_tokens_per_s, batch_tokens = work.requests * work.tokens;
    if (demand == 0)
        return work.s;
    const double systems = fmax(1, ceil(demand * slack * work.s / batch_tokens));
    return ceil(systems / objectives->parts) * objectives->parts * batch_tokens / demand;
}

double cc_objective_usd(const struct cc_objectives *objectives, bool token_cost, struct cc_prices prices,
                        struct cc_batch_work work, double slack)
{
    const double s = cc_objective_s(objectives, work, slack);
    const double usd = (prices.usd_per_s * s + prices.usd_per_j * work.j) / work.requests;
    return token_cost || objectives->demand_tokens_per_s > 0 ? usd : usd / work.requests;
}
