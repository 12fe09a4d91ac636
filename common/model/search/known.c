#include "model/search/known.h"

#include <string.h>

/* Whether the first is in no time slower. */
static bool no_slower(const struct cc_known *known, const struct cc_times *a, const struct cc_times *b)
{
    for (size_t i = 0; i < CC_TIMES; i++)
        if (known->time[i] && a->s[i] > b->s[i])
            return false;
    return true;
}

/* The only time that is compared; CC_TIMES: there are more, or none. */
static size_t only_time(const struct cc_known *known)
{
    size_t only = CC_TIMES, count = 0;
    for (size_t i = 0; i < CC_TIMES; i++)
        if (known->time[i]) {
            only = i;
            count++;
        }
    return count == 1 ? only : CC_TIMES;
}

/* Times descend: the first point that is no slower. */
static double usd_at(const struct cc_known *known, size_t time, double s)
{
    size_t low = 0, high = known->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (known->point[middle].times.s[time] <= s)
            high = middle;
        else
            low = middle + 1;
    }
    return low < known->count ? known->point[low].usd : INFINITY;
}

double cc_known_usd(const struct cc_known *known, const struct cc_times *times)
{
    const size_t only = only_time(known);
    if (only < CC_TIMES)
        return usd_at(known, only, times->s[only]);
    for (size_t i = 0; i < known->count; i++)
        if (no_slower(known, &known->point[i].times, times))
            return known->point[i].usd;
    return INFINITY;
}

void cc_known_insert(struct cc_known *known, double usd, const struct cc_times *times)
{
    struct cc_known_point *point = known->point;
    struct cc_known_point added = {.usd = usd};
    size_t at = 0, kept;
    for (size_t i = 0; i < CC_TIMES; i++)
        added.times.s[i] = known->time[i] ? times->s[i] : 0;
    if (cc_known_usd(known, &added.times) <= usd)
        return;
    while (at < known->count && point[at].usd < usd)
        at++;
    kept = at;
    for (size_t i = at; i < known->count; i++)
        if (!no_slower(known, &added.times, &point[i].times))
            point[kept++] = point[i];
    known->count = kept;
    if (known->count == CC_KNOWN_MAX)
        return;
    memmove(&point[at + 1], &point[at], (kept - at) * sizeof point[0]);
    point[at] = added;
    known->count++;
    known->version++;
}
