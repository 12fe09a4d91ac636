#include "model/search/frontier.h"

#include <string.h>

/* Number of steps that are no slower. */
static size_t steps_up_to(const struct cc_frontier *f, double s)
{
    size_t low = 0, high = f->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (f->step[middle].s <= s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Costs that differ by less could be in either order once tco-eval has computed them. Latencies are those of the
 * records, to the last bit. The cheapest of the steps that are no slower is the last of them. */
bool cc_frontier_beats(const struct cc_frontier *f, double s, double usd)
{
    const double rounding = 1e-9;
    const size_t end = steps_up_to(f, s);
    return end > 0 && f->step[end - 1].usd < usd * (1 - rounding);
}

void cc_frontier_insert(struct cc_frontier *f, double s, double usd)
{
    struct cc_frontier_step *step = f->step;
    size_t at = steps_up_to(f, s);
    if (f->count == CC_FRONTIER_MAX || (at > 0 && step[at - 1].usd <= usd))
        return;
    if (at > 0 && step[at - 1].s == s)
        at--;
    size_t end = at;
    while (end < f->count && step[end].usd >= usd)
        end++;
    memmove(&step[at + 1], &step[end], (f->count - end) * sizeof step[0]);
    f->count = f->count - (end - at) + 1;
    step[at] = (struct cc_frontier_step){s, usd};
}
