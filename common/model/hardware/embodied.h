/* embodied.h: greenhouse gases emitted to make a server. */
#ifndef CC_MODEL_HARDWARE_EMBODIED_H
#define CC_MODEL_HARDWARE_EMBODIED_H

#include "model/hardware/server.h"

/* CO2e (kg) to make a server of these packages of these chips. A chip without a yield counts as all good.
 * Source: ACT (Gupta et al., ISCA 2022): (CI_fab EPA + GPA + MPA)/yield by area for dies, by capacity for memory, by
 * number for packaging. */
double cc_embodied_kg(const struct cc_carbon_constants *constants, const struct cc_chip *chip,
                      const struct cc_package *package, const struct cc_server *server);

#endif
