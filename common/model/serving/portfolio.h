/* portfolio.h: what tokens of several models cost on servers of one design. */
#ifndef CC_MODEL_SERVING_PORTFOLIO_H
#define CC_MODEL_SERVING_PORTFOLIO_H

#include <stddef.h>

#include "base/field.h"

#define CC_PORTFOLIO_COSTS(X, T, whose, compared) \
    X##_REAL(T, usd_per_output_token, "usd_per_output_token", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", whose) \
    X##_REAL(T, own_usd_per_output_token, "own_usd_per_output_token", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "$", "the same on " compared) \
    X##_REAL(T, sharing_loss, "sharing_loss", CC_OPTIONAL, NAN, CC_ANY, "", "how much more the former is, as a share of the latter")

/* The `portfolio` entry of a design; `models` beside it has a map for each model ... */
#define CC_PORTFOLIO_FIELDS(X, T) \
    CC_PORTFOLIO_COSTS(X, T, "cost of a token of an answer, all models together by their shares", "each model's own design") \
    X##_REAL(T, geomean_usd_per_output_token, "geomean_usd_per_output_token", CC_REQUIRED, 0, CC_NOT_NEGATIVE, "$", "geometric mean of the models' costs, whatever their shares") \
    X##_REAL(T, geomean_sharing_loss, "geomean_sharing_loss", CC_OPTIONAL, NAN, CC_ANY, "", "how much more that is than on each model's own design")

/* ... with its workload, system and point, and these. */
#define CC_PORTFOLIO_MODEL_FIELDS(X, T) \
    X##_REAL(T, share, "share", CC_REQUIRED, 0, CC_PROPER_RATIO, "", "of the tokens of all answers") \
    CC_PORTFOLIO_COSTS(X, T, "cost of a token of its answers", "the model's own design")

struct cc_portfolio { CC_PORTFOLIO_FIELDS(CC_MEMBER, ) };
struct cc_portfolio_model { CC_PORTFOLIO_MODEL_FIELDS(CC_MEMBER, ) };

/* A model's costs; own_usd NAN: not compared. */
struct cc_portfolio_model cc_portfolio_model_of(double share, double usd, double own_usd);

/* All of them together; shares sum to 1. The geometric mean is how the paper weighs its models.
 * Source: Chiplet Cloud (arXiv 2307.02666), multi-model chips. */
struct cc_portfolio cc_portfolio_of(const struct cc_portfolio_model *models, size_t count);

#endif
