#include "pool_of_prefill.h"

#include <stdlib.h>

static void drop(struct pool *pool, struct prefill **link)
{
    struct prefill *prefill = *link;
    *link = prefill->next;
    if (pool->end == &prefill->next)
        pool->end = link;
    free(prefill);
    pool->count--;
}

/* False when memory has run out. */
static bool append(struct pool *pool, const struct cc_instance *instance, struct cc_text id, struct cc_text entry)
{
    struct prefill *prefill = malloc(sizeof *prefill + id.len + entry.len);
    if (prefill == NULL)
        return false;
    char *bytes = (char *)(prefill + 1);
    memcpy(bytes, id.s, id.len);
    memcpy(bytes + id.len, entry.s, entry.len);
    *prefill = (struct prefill){*instance, NULL, {bytes, id.len}, {bytes + id.len, entry.len}};
    if (pool->end == NULL)
        pool->end = &pool->first;
    *pool->end = prefill;
    pool->end = &prefill->next;
    pool->count++;
    return true;
}

/* Adds the design of a row, unless one that is there covers it, and drops those that it covers. */
static bool meet(struct pool *pool, const struct side *side, const struct common *common,
                 const struct cc_record *record, size_t row, struct cc_packed *packed, struct cc_error *error)
{
    const struct cc_instance found = side_instance(side, common, row);
    const bool queues =
        common->joint.load < 1; /* none covers another: how long one waits depends on how many there are */
    struct cc_text entry;
    for (const struct prefill *at = pool->first; at != NULL && !queues; at = at->next)
        if (cc_prefill_covers(&at->instance, &found, common->joint.kv_bytes))
            return true;
    for (struct prefill **link = &pool->first; *link != NULL && !queues;) {
        if (cc_prefill_covers(&found, &(*link)->instance, common->joint.kv_bytes))
            drop(pool, link);
        else
            link = &(*link)->next;
    }
    cc_packed_clear(packed);
    side_pack(side, record, row, &packed->packer);
    if (!cc_packed_text(packed, &entry, error))
        return false;
    return append(pool, &found, record->id, entry) || cc_fail_memory(error);
}

bool pool_take(struct pool *pool, struct side *side, struct common *common, const struct cc_record *record,
               const struct cc_tco_rates *rates, struct cc_conventions conventions, struct cc_error *error)
{
    struct cc_packed packed;
    bool good = true;
    if (record->id.len == 0)
        return cc_fail(error, CC_BAD_DATA, "id is missing: the id of a deployment is made of those of its designs");
    if (!side_take(side, common, record, rates, conventions, error))
        return false;
    cc_packed_init(&packed);
    for (size_t row = 0; row < side->points.rows && good; row++)
        good = meet(pool, side, common, record, row, &packed, error);
    cc_packed_free(&packed);
    return good;
}

bool pool_make_room(struct pool *pool, struct cc_error *error)
{
    struct choice *choices = realloc(pool->choices, (pool->count + 1) * sizeof *choices);
    if (choices == NULL)
        return cc_fail_memory(error);
    pool->choices = choices;
    return true;
}

void pool_init(struct pool *pool)
{
    *pool = (struct pool){.count = 0};
    cc_packed_init(&pool->id);
}

bool pool_read(struct pool *pool, struct common *common, const char *path, const struct cc_tco_rates *rates,
               struct cc_conventions conventions, struct cc_error *error)
{
    struct cc_reader *reader = cc_reader_new(&path, 1);
    struct side side = {.prefill = true};
    struct cc_record record;
    enum cc_read_status status = CC_READ_FAILED;
    if (reader == NULL)
        return cc_fail_memory(error);
    while ((status = cc_reader_next(reader, &record, error)) == CC_READ_RECORD)
        if (!pool_take(pool, &side, common, &record, rates, conventions, error)) {
            cc_reader_blame(reader, error);
            status = CC_READ_FAILED;
            break;
        }
    cc_reader_free(reader);
    side_free(&side);
    return status == CC_READ_END && pool_make_room(pool, error);
}

void pool_free(struct pool *pool)
{
    while (pool->first != NULL)
        drop(pool, &pool->first);
    free(pool->choices);
    cc_packed_free(&pool->id);
}

bool pool_joint_id(struct pool *pool, const struct prefill *prefill, struct cc_text generate, struct cc_text *id,
                   struct cc_error *error)
{
    cc_packed_clear(&pool->id);
    cc_packed_add(&pool->id, prefill->id);
    cc_packed_add(&pool->id, cc_text_of("+"));
    cc_packed_add(&pool->id, generate);
    return cc_packed_text(&pool->id, id, error);
}

static bool beats(const struct cc_deployment *a, const struct cc_deployment *b)
{
    const bool covers = a->usd_per_request <= b->usd_per_request && a->ttft_s <= b->ttft_s &&
                        a->request_latency_s <= b->request_latency_s;
    return covers && (a->usd_per_request < b->usd_per_request || a->ttft_s < b->ttft_s ||
                      a->request_latency_s < b->request_latency_s);
}

size_t choices_sieve(struct choice *choices, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool beaten = false;
        for (size_t k = 0; k < count && !beaten; k++)
            beaten = beats(&choices[k].deployment, &choices[i].deployment);
        choices[i].beaten = beaten;
    }
    for (size_t i = 0; i < count; i++)
        if (!choices[i].beaten)
            choices[kept++] = choices[i];
    return kept;
}
