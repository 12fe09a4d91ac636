/* levels.h: the mappings that could be best under service levels: bounds on the time to the first token and on that of
 * the others. */
#ifndef CC_MODEL_SEARCH_LEVELS_H
#define CC_MODEL_SEARCH_LEVELS_H

#include "model/search/search.h"

enum { CC_LEVELS_MAX = 1 << 14 };

/* A choice by what is low when it is good: cost, and the times that a service promises. */
struct cc_level {
    double usd, most_usd; /* equal but where a demand is met by whole systems: between these whatever rounding does */
    struct cc_times times;
    struct cc_choice choice;
};

/* Choices none of which is beaten in all of these by another. Large (1 MB): keep one and use it again. */
struct cc_levels {
    size_t count;
    struct cc_level level[CC_LEVELS_MAX];
};

/* Adds to the `count` choices, which cc_space_best has found, every mapping of the current batch that no other beats:
 * by a cost at these prices that is less by more than 1e-9 of it, with no time longer. So of all mappings that keep
 * promises of times, the cheapest is there: at full load or, where the objectives have one, at a demand. Returns how
 * many choices there are then, in the order of cc_choice_compare; 0 when more than CC_LEVELS_MAX are to be kept. */
size_t cc_space_add_levels(struct cc_space *space, const struct cc_objectives *objectives, struct cc_prices prices,
                           struct cc_levels *levels, struct cc_choice choices[CC_CHOICES_MAX], size_t count);

#endif
