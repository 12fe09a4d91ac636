#include "model/search/batches.h"

#include <string.h>

_Static_assert((int)CC_POWERS_MAX <= (int)CC_AXIS_MAX, "the powers of two have room on the axis");

/* Puts a micro-batch in its place on the axis, unless it is there. False when there is no room. */
static bool add_micro_batch(struct cc_axis *axis, int64_t requests)
{
    const double added = (double)requests;
    size_t at = axis->count;
    while (at > 0 && axis->requests[at - 1] > added)
        at--;
    if (at > 0 && axis->requests[at - 1] == added)
        return true;
    if (axis->count == CC_AXIS_MAX)
        return false;
    cc_axis_add(axis, added);
    memmove(&axis->requests[at + 1], &axis->requests[at], (axis->count - 1 - at) * sizeof axis->requests[0]);
    axis->requests[at] = added;
    return true;
}

static bool add_divisors(struct cc_axis *axis, int64_t batch)
{
    for (int64_t d = 1; d * d <= batch; d++)
        if (batch % d == 0 && !(add_micro_batch(axis, d) && add_micro_batch(axis, batch / d)))
            return false;
    return true;
}

/* Puts a batch in its place. */
static void insert_batch(struct cc_batches *batches, int64_t requests)
{
    size_t at = batches->count++;
    for (; at > 0 && batches->batch[at - 1].requests > requests; at--)
        batches->batch[at].requests = batches->batch[at - 1].requests;
    batches->batch[at].requests = requests;
}

static bool add_batch(struct cc_batches *batches, int64_t requests)
{
    if (!add_divisors(&batches->axis, requests)) /* of which one is the batch itself: there is room for it */
        return false;
    insert_batch(batches, requests);
    return true;
}

/* Finds the micro-batches of the axis that divide the batch. */
static void find_micro_batches(struct cc_batch *batch, const struct cc_axis *axis)
{
    batch->count = 0;
    for (size_t i = 0; i < axis->count; i++) {
        if (batch->requests % (int64_t)axis->requests[i] != 0)
            continue;
        batch->micro[batch->count] = i;
        batch->passes[batch->count++] = (double)batch->requests / axis->requests[i];
    }
    batch->leads = batch->micro[batch->count - 1] == batch->count - 1;
}

bool cc_batches_of(struct cc_batches *batches, const struct cc_workload_input *workload)
{
    const struct cc_ints listed = workload->batches;
    batches->count = batches->axis.count = 0;
    for (size_t i = 0; i < listed.count; i++)
        if (!add_batch(batches, listed.value[i]))
            return false;
    for (int64_t power = 1; listed.count == 0 && power <= workload->max_batch; power *= 2)
        if (!add_batch(batches, power))
            return false;
    for (size_t i = 0; i < batches->count; i++)
        find_micro_batches(&batches->batch[i], &batches->axis);
    return true;
}

bool cc_batches_same(const struct cc_workload_input *a, const struct cc_workload_input *b)
{
    if (a->batches.count != b->batches.count)
        return false;
    if (a->batches.count == 0)
        return a->max_batch == b->max_batch;
    return memcmp(a->batches.value, b->batches.value, a->batches.count * sizeof a->batches.value[0]) == 0;
}
