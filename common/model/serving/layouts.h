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

enum { CC_SHAPES_MAX = CC_MIXED_LAYERS_MAX };

/* Layers of each stage of a pipeline: ceil(num_layers/stages) each, and the remainder in the last. A shape is
 * how many layers of each kind a stage has; several stages have the same. */
struct cc_stages {
    double count, layers; /* stages, and layers of the first */
    bool even;            /* all stages take as long as the first: nothing below is needed but `last` */
    double last;          /* layers of the last */
    size_t shapes, last_shape;
    double shape[CC_SHAPES_MAX][CC_LAYER_KINDS_MAX];
};

/* Of `serving`'s model in `count` stages, at most as many as it has layers. */
void cc_stages_of(struct cc_stages *stages, const struct cc_serving *serving, int64_t count);

/* Pipeline depths worth a look: those at which the number of layers of a stage takes a new value, ascending.
 * Returns how many. num_layers is at most CC_LAYERS_MAX. */
size_t cc_pipeline_depths(int64_t num_layers, int64_t depths[CC_DEPTHS_MAX]);

/* Where a stage runs when `num_servers` form a pipeline of that depth; false when they cannot. */
bool cc_stage_place_of(const struct cc_serving *serving, int64_t num_servers, int64_t depth,
                       struct cc_stage_place *place);

enum { CC_LAYOUTS_MAX = 20 };

/* The layouts worth a look of a stage, whose place is given with one attention group and one share of experts: those that divide
 * attention or experts by servers, by packages, by chips, or not; experts also by as many as there are at most. In the order of
 * preference among equals: more chips that share attention, then fewer shares of experts. Returns how many; 1 for models without experts. */
size_t cc_layouts_of(const struct cc_serving *serving, const struct cc_stage_place *place,
                     struct cc_stage_place layouts[CC_LAYOUTS_MAX]);

#endif
