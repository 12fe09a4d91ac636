/* member.h: a point that is kept, as it will be written. */
#ifndef PARETO_MEMBER_H
#define PARETO_MEMBER_H

#include "base/arena.h"
#include "stream/design.h"

/* Memory of members, given back all at once: those of a large frontier are freed in another order than they were made, and
 * each then touches its neighbours in the heap. Freed ones are used again for those of their size. Zeroed, but for the number of
 * objectives, it is empty. */
enum { MEMBER_GRAIN = 16, MEMBER_SIZES = 64 }; /* larger ones, which are few, are allocated by themselves */
struct member_pool {
    size_t objectives;
    struct cc_arena arena;
    struct member *freed[MEMBER_SIZES + 1]; /* by size in grains; each leads to the next */
};

void member_pool_free(struct member_pool *pool);

/* Parts shared by the rows kept of one record, freed with the last of them. */
struct source {
    struct member_pool *pool;
    struct cc_frame *frame;
    size_t members;
};

/* A point: a row of its source. */
struct member {
    union {
        struct source *source;
        struct member *next; /* of a freed one */
    } of;
    size_t row_len;
    double objective[]; /* smaller is better; behind them the bytes of the row */
};

/* A source of no members, to be released when its record has been gone through. NULL when memory has run out. */
struct source *source_new(struct member_pool *pool, const struct cc_record *record, const struct cc_points *points,
                          const struct cc_derived *derived);
void source_release(struct source *source);

/* A point of these objectives, as many as the pool says, and this row. NULL when memory has run out. */
struct member *member_new(const double *objective, struct source *source, struct cc_text row);
void member_free(struct member *member);

/* Has the caches fetch a member that is to be read soon: in order, those of a large frontier lie anywhere in memory. */
enum { MEMBERS_AHEAD = 16 };
static inline void member_fetch(const struct member *member)
{
#ifdef __GNUC__
    enum { CACHE_LINE = 64 };
    __builtin_prefetch(member);
    __builtin_prefetch((const char *)member + CACHE_LINE);
#else
    (void)member;
#endif
}

/* The bytes of a point's row. */
struct cc_text member_row(const struct member *member, size_t objectives);

#endif
