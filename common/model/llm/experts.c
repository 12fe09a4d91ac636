#include "model/llm/experts.h"

#include <math.h>

/* The probability that an expert is touched. */
static double touched_share(double slots, double per_token, double tokens)
{
    return per_token < slots ? -expm1(tokens * log1p(-per_token / slots)) : 1;
}

double cc_experts_touched(double slots, double per_token, double tokens)
{
    return slots * touched_share(slots, per_token, tokens);
}

/* The sum over j = 0 .. share - 1 of 1 - B_j^groups, or with `others` of 1 - (1 - B_j)^groups, where B_j is the probability that
 * at most j of `share` happen, each with probability p <= 1/2. */
static double sum_of_tails(double share, double p, double groups, int others)
{
    double term = exp(share * log1p(-p)), at_most = term, sum = 0;
    for (double j = 0; j < share; j++) {
        sum += 1 - pow(others ? fmax(0, 1 - at_most) : fmin(1, at_most), groups);
        term *= (share - j) / (j + 1) * (p / (1 - p));
        at_most += term;
    }
    return sum;
}

double cc_experts_loaded(double slots, double per_token, double tokens, double share, double groups)
{
    const double touched = touched_share(slots, per_token, tokens);
    if (groups == 1)
        return fmax(1, share * touched);
    if (touched <= 0.5)
        return fmax(1, sum_of_tails(share, touched, groups, 0));
    return fmax(1, sum_of_tails(share, 1 - touched, groups, 1));
}

double cc_experts_imbalance(double groups, double mean)
{
    return fmin(groups, 1 + sqrt(2 * log(groups) / mean));
}
