#include "member.h"

#include <stdlib.h>
#include <string.h>

void member_pool_free(struct member_pool *pool)
{
    cc_arena_free(&pool->arena);
    memset(pool->freed, 0, sizeof pool->freed);
}

struct source *source_new(struct member_pool *pool, const struct cc_record *record, const struct cc_points *points,
                          const struct cc_derived *derived)
{
    struct source *source = malloc(sizeof *source);
    if (source == NULL)
        return NULL;
    *source = (struct source){pool, cc_frame_new(record, points, derived), 1};
    if (source->frame != NULL)
        return source;
    free(source);
    return NULL;
}

void source_release(struct source *source)
{
    if (source == NULL || --source->members > 0)
        return;
    cc_frame_free(source->frame);
    free(source);
}

/* Grains that a member takes. */
static size_t grains_of(const struct member_pool *pool, size_t row_len)
{
    const size_t size = sizeof(struct member) + pool->objectives * sizeof(double) + row_len;
    return (size + MEMBER_GRAIN - 1) / MEMBER_GRAIN;
}

static struct member *take(struct member_pool *pool, size_t grains)
{
    if (grains > MEMBER_SIZES)
        return malloc(grains * MEMBER_GRAIN);
    struct member *member = pool->freed[grains];
    if (member == NULL)
        return cc_arena_take(&pool->arena, grains * MEMBER_GRAIN);
    pool->freed[grains] = member->of.next;
    return member;
}

struct member *member_new(const double *objective, struct source *source, struct cc_text row)
{
    const size_t objectives = source->pool->objectives;
    struct member *member = take(source->pool, grains_of(source->pool, row.len));
    if (member == NULL)
        return NULL;
    member->of.source = source;
    source->members++;
    memcpy(member->objective, objective, objectives * sizeof *objective);
    member->row_len = row.len;
    if (row.len > 0)
        memcpy(member->objective + objectives, row.s, row.len);
    return member;
}

void member_free(struct member *member)
{
    if (member == NULL)
        return;
    struct member_pool *pool = member->of.source->pool;
    const size_t grains = grains_of(pool, member->row_len);
    source_release(member->of.source);
    if (grains > MEMBER_SIZES) {
        free(member);
        return;
    }
    member->of.next = pool->freed[grains];
    pool->freed[grains] = member;
}

struct cc_text member_row(const struct member *member, size_t objectives)
{
    return (struct cc_text){(const char *)(member->objective + objectives), member->row_len};
}
