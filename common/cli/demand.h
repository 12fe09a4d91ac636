/* demand.h: the value of --demand. */
#ifndef CC_CLI_DEMAND_H
#define CC_CLI_DEMAND_H

#include "base/error.h"
#include "model/serving/fleet.h"

/* Parser of NUMBER and its unit, which a blank may stand before: tokens/s (of answers) or requests/s. `member` is the
 * struct cc_demand. */
bool cc_demand_parse(const char *text, void *member, struct cc_error *error);

#endif
