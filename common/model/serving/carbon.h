/* carbon.h: greenhouse gases of serving: of making the servers, and of the electricity that they take. */
#ifndef CC_MODEL_SERVING_CARBON_H
#define CC_MODEL_SERVING_CARBON_H

#include "base/field.h"
#include "model/constants.h"
#include "model/serving/cost.h"

/* Columns of `points` from tco-eval where there are constants of carbon. */
#define CC_CARBON_COLUMNS(X, T) \
    X##_REAL(T, embodied_kg, "embodied_kg", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "kg", "CO2e of making a server") \
    X##_REAL(T, in_use_kg, "in_use_kg", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "kg", "CO2e of a server's electricity over its life, at the average power") \
    X##_REAL(T, kg_per_output_token, "kg_per_output_token", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "kg", "CO2e of a request, of both, over its answer's tokens")

struct cc_carbon { CC_CARBON_COLUMNS(CC_MEMBER, ) };

/* `embodied_kg` is that of a server; the constants have carbon. In use a server emits what its average power, times PUE,
 * takes from the grid. Source: ACT (Gupta et al., ISCA 2022). */
struct cc_carbon cc_carbon_of(const struct cc_cost_basis *basis, const struct cc_constants *constants,
                              double embodied_kg, const struct cc_cost_input *in);

#endif
