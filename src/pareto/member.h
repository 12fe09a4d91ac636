/* member.h: a point that is kept, as it will be written. */
#ifndef PARETO_MEMBER_H
#define PARETO_MEMBER_H

#include "stream/design.h"

/* Parts shared by the rows kept of one record, freed with the last of them. */
struct source {
    struct cc_frame *frame;
    size_t members;
};

/* A point: a row of its source. */
struct member {
    struct source *source;
    size_t row_len;
    double objective[]; /* smaller is better; behind them the bytes of the row */
};

/* A source of no members, to be released when its record has been gone through. NULL when memory has run out. */
struct source *source_new(const struct cc_record *record, const struct cc_points *points,
                          const struct cc_derived *derived);
void source_release(struct source *source);

/* A point of these objectives and this row. NULL when memory has run out. */
struct member *member_new(const double *objective, size_t objectives, struct source *source, struct cc_text row);
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
