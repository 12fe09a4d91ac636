#include "sink_cache.h"

#include <stdlib.h>
#include <string.h>

/* So that running out of memory comes back as an error instead of exit(). */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum { SINKS_MAX = 100000 }; /* beyond that, begin anew: memory stays bounded whatever the stream */

struct key {
    double side_mm;
    int64_t packages_per_lane;
};

struct designed {
    struct key key;
    struct cc_heatsink sink;
    UT_hash_handle hh;
};

struct sink_cache {
    struct cc_heatsink_prices prices;
    struct designed *table;
    struct cc_heatsink_memo memo;
};

struct sink_cache *sink_cache_new(struct cc_heatsink_prices prices)
{
    struct sink_cache *cache = calloc(1, sizeof *cache);
    if (cache != NULL)
        cache->prices = prices;
    return cache;
}

static void clear(struct sink_cache *cache)
{
    struct designed *at, *next;
    HASH_ITER(hh, cache->table, at, next)
    {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): `next` was taken before `at` was freed */
        HASH_DEL(cache->table, at);
        free(at);
    }
}

void sink_cache_free(struct sink_cache *cache)
{
    clear(cache);
    free(cache);
}

bool sink_cache_get(struct sink_cache *cache, double side_mm, int64_t packages_per_lane, struct cc_heatsink *sink)
{
    const struct key key = {side_mm, packages_per_lane};
    struct designed *found;
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): key has no padding */
    HASH_FIND(hh, cache->table, &key, sizeof key, found);
    if (found == NULL) {
        if (HASH_COUNT(cache->table) >= SINKS_MAX)
            clear(cache);
        found = calloc(1, sizeof *found);
        if (found == NULL)
            return false;
        found->key = key;
        cc_heatsink_design_from(&cache->memo, side_mm / 1e3, packages_per_lane, cache->prices, &found->sink);
        HASH_ADD(hh, cache->table, key, sizeof found->key, found);
        if (found->hh.tbl == NULL) {
            free(found);
            return false;
        }
    }
    *sink = found->sink;
    return true;
}
