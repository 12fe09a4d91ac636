/* offer.h: what a record offers: the point of it that costs least of those that keep the conditions. */
#ifndef PORTFOLIO_OFFER_H
#define PORTFOLIO_OFFER_H

#include "stream/conditions.h"
#include "stream/points.h"

struct offer {
    struct cc_points points;
    bool found; /* some point keeps the conditions */
    size_t row;
    double usd; /* of a token of an answer */
};

/* The name of the record's model. */
bool offer_model(const struct cc_record *record, struct cc_text *name, struct cc_error *error) CC_MUST_CHECK;

/* The first of the cheapest points. `seen` has a flag for each condition, set when the record has its field; or is NULL. False when the
 * record has no points, or these no costs. */
bool offer_find(struct offer *offer, const struct cc_record *record, const struct cc_conditions *where, bool *seen,
                struct cc_error *error) CC_MUST_CHECK;

#endif
