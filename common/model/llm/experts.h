/* experts.h: how many routed experts a batch of tokens activates.
 *
 * Each token chooses k distinct slots out of E, uniformly and independently. Skewed routing activates fewer. */
#ifndef CC_MODEL_LLM_EXPERTS_H
#define CC_MODEL_LLM_EXPERTS_H

/* Expected number of experts activated by `tokens` tokens: E (1 - (1 - k/E)^tokens); all of them when k = E. */
double cc_experts_touched(double slots, double per_token, double tokens);

/* Experts that the chips with the most of them have to load, as expected, of `groups` >= 1 equal shares of `share` slots: the
 * largest of as many independent binomial numbers. At least 1. slots is at most 2 CC_EXPERTS_MAX. */
double cc_experts_loaded(double slots, double per_token, double tokens, double share, double groups);

/* The same, with a cache of earlier results; a zeroed cache is empty, NULL means no cache. */
enum { CC_EXPERTS_REMEMBERED = 4096 };
struct cc_experts_memo {
    struct cc_experts_known {
        double slots, per_token, tokens, share, groups, loaded;
    } known[CC_EXPERTS_REMEMBERED];
};
double cc_experts_loaded_from(struct cc_experts_memo *memo, double slots, double per_token, double tokens,
                              double share, double groups);

/* The load of the hottest of `groups` shares over the mean under uniform routing: 1 + sqrt(2 ln(groups)/mean), at most
 * `groups`; `mean` is the mean number of tokens of a share. */
double cc_experts_imbalance(double groups, double mean);

#endif
