#include "model/search/frontier.h"

#include <string.h>

void cc_frontier_insert(struct cc_frontier *f, double s, double usd)
{
    struct cc_frontier_step *step = f->step;
    size_t at = cc_frontier_up_to(f, s);
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
