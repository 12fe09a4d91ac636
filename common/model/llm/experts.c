#include "model/llm/experts.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* The probability that an expert is touched. */
static double touched_share(double slots, double per_token, double tokens)
{
    return per_token < slots ? -expm1(tokens * log1p(-per_token / slots)) : 1;
}

double cc_experts_touched(double slots, double per_token, double tokens)
{
    return slots * touched_share(slots, per_token, tokens);
}

/* The sum over j = 0 .. share - 1 of 1 - B_j^groups, or with `others` of 1 - (1 - B_j)^groups, where B_j is the
 * probability that at most j of `share` happen, each with probability p <= 1/2. When B_j has come to 1, so have all
 * that follow. */
static double sum_of_tails(double share, double p, double groups, bool others)
{
    double term = exp(share * log1p(-p)), at_most = term, sum = 0;
    for (double j = 0; j < share; j++) {
        if (at_most >= 1)
            return others ? sum + (share - j) : sum;
        sum += 1 - pow(others ? 1 - at_most : at_most, groups);
        const double next = at_most + (term *= (share - j) / (j + 1) * (p / (1 - p)));
        at_most = next > at_most || j < share * p ? next : 1; /* what is left is below rounding */
    }
    return sum;
}

double cc_experts_loaded(double slots, double per_token, double tokens, double share, double groups)
{
    const double touched = touched_share(slots, per_token, tokens);
    if (groups == 1)
        return fmax(1, share * touched);
    if (touched <= 0.5)
        return fmax(1, sum_of_tails(share, touched, groups, false));
    return fmax(1, sum_of_tails(share, 1 - touched, groups, true));
}

double cc_experts_loaded_from(struct cc_experts_memo *memo, double slots, double per_token, double tokens, double share,
                              double groups)
{
    if (memo == NULL)
        return cc_experts_loaded(slots, per_token, tokens, share, groups);
    const double place = fmod(tokens + 1021 * groups, CC_EXPERTS_REMEMBERED);
    struct cc_experts_known *known = &memo->known[(size_t)place];
    if (known->slots != slots || known->per_token != per_token || known->tokens != tokens || known->share != share ||
        known->groups != groups)
        *known = (struct cc_experts_known){
            slots, per_token, tokens, share, groups, cc_experts_loaded(slots, per_token, tokens, share, groups)};
    return known->loaded;
}

double cc_experts_imbalance(double groups, double mean)
{
    return fmin(groups, 1 + sqrt(2 * log(groups) / mean));
}
