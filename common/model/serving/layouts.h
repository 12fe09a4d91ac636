/* layouts.h: the ways to lay the layers of a model over a number of servers. */
#ifndef CC_MODEL_SERVING_LAYOUTS_H
#define CC_MODEL_SERVING_LAYOUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/serving/place.h"
#include "model/serving/serving.h"

enum { CC_DEPTHS_MAX = 200 }; /* a model of CC_LAYERS_MAX layers has 199 */

/* Layers of a stage: ceil(num_layers/stages), of which the last stage has what is left (convention layer-remainder). */
int64_t cc_layers_per_stage(int64_t num_layers, int64_t stages);

/* Pipeline depths worth a look: those at which the number of layers of a stage takes a new value, ascending.
 * Returns how many. num_layers is at most CC_LAYERS_MAX. */
size_t cc_pipeline_depths(int64_t num_layers, int64_t depths[CC_DEPTHS_MAX]);

/* Where a stage runs when `num_servers` form a pipeline of that depth; false when they cannot. */
bool cc_stage_place_of(const struct cc_serving *serving, int64_t num_servers, int64_t depth,
                       struct cc_stage_place *place);

#endif
