#include "member.h"

#include <stdlib.h>

struct source *source_new(const struct cc_record *record, const struct cc_points *points,
                          const struct cc_derived *derived)
{
    struct source *source = malloc(sizeof *source);
    if (source == NULL)
        return NULL;
    *source = (struct source){cc_frame_new(record, points, derived), 1};
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

struct member *member_new(const double *objective, size_t objectives, struct source *source, struct cc_text row)
{
    struct member *member = malloc(sizeof *member + objectives * sizeof *objective + row.len);
    if (member == NULL)
        return NULL;
    member->source = source;
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
    source_release(member->source);
    free(member);
}

struct cc_text member_row(const struct member *member, size_t objectives)
{
    return (struct cc_text){(const char *)(member->objective + objectives), member->row_len};
}
