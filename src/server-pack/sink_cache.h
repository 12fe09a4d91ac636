/* sink_cache.h: heat sinks already designed. A sink depends on the side of the heat source and the packages in a lane alone,
 * and its design is the one slow computation of the hardware phase. */
#ifndef SERVER_PACK_SINK_CACHE_H
#define SERVER_PACK_SINK_CACHE_H

#include "model/hardware/heatsink.h"

struct sink_cache;

/* NULL when memory has run out. */
struct sink_cache *sink_cache_new(struct cc_heatsink_prices prices);
void sink_cache_free(struct sink_cache *cache);

/* The sink for a heat source of side_mm, designed if it is not there yet; its max_power_w is 0 when none works. False when
 * memory has run out. */
bool sink_cache_get(struct sink_cache *cache, double side_mm, int64_t packages_per_lane, struct cc_heatsink *sink);

#endif
