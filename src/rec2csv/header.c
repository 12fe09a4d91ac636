#include "header.h"

#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS_MAX = 4096 }; /* each record is held against every column */

static bool add(struct header *header, struct cc_text path, struct cc_error *error)
{
    if (header->count == COLUMNS_MAX)
        return cc_fail(error, header->given ? CC_USAGE : CC_BAD_DATA,
                       "%s more than %d columns: name fewer with --fields", header->given ? "--fields:" : "has",
                       COLUMNS_MAX);
    if (header->count == header->size) {
        const size_t size = header->size == 0 ? 64 : header->size * 2;
        struct cc_text *paths = realloc(header->path, size * sizeof *paths);
        if (paths != NULL)
            header->path = paths;
        struct cc_field_values *values = realloc(header->values, size * sizeof *values);
        if (values != NULL)
            header->values = values;
        bool *found = realloc(header->found, size * sizeof *found);
        if (found != NULL)
            header->found = found;
        if (paths == NULL || values == NULL || found == NULL)
            return cc_fail_memory(error);
        header->size = size;
    }
    header->found[header->count] = false;
    header->path[header->count++] = path;
    return true;
}

bool header_open(struct header *header, const char *fields, struct cc_error *error)
{
    struct cc_text part;
    *header = (struct header){.given = fields != NULL, .complete = fields != NULL};
    for (const char *list = fields; cc_next_in_list(&list, &part);) {
        if (part.len == 0)
            return cc_fail(error, CC_USAGE, "--fields %s: expected FIELD,FIELD...", fields);
        if (!add(header, part, error))
            return false;
    }
    return true;
}

void header_close(struct header *header)
{
    cc_arena_free(&header->arena);
    free(header->path);
    free(header->values);
    free(header->found);
    cc_derived_free(&header->derived);
    cc_known_fields_free(&header->others);
}

static bool take_field(void *context, struct cc_text path, struct cc_error *error)
{
    struct header *header = context;
    char *copy = cc_arena_copy(&header->arena, path.s, path.len);
    if (copy == NULL)
        return cc_fail_memory(error);
    return add(header, (struct cc_text){copy, path.len}, error);
}

bool header_take(struct header *header, const struct cc_record *record, bool flat, struct cc_error *error)
{
    header->complete = true;
    return cc_path_each(record, flat, take_field, header, error);
}

bool header_find(struct header *header, const struct cc_record *record, const struct cc_points *points, bool flat,
                 struct cc_error *error)
{
    bool all = true;
    cc_derived_begin(&header->derived, record, points);
    for (size_t i = 0; i < header->count; i++) {
        if (!cc_derived_find(&header->derived, record, header->path[i], &header->values[i], error))
            return false;
        header->found[i] |= header->values[i].first != NULL;
        all &= header->found[i];
    }
    if (header->given && !all)
        cc_known_fields_note(&header->others, record, flat);
    return true;
}

/* Records of a stream mostly have the same fields in the same order: `next` is the column that should come. */
struct comparison {
    struct header *header;
    size_t next;
    bool others;
};

static bool compare_field(void *context, struct cc_text path, struct cc_error *error)
{
    struct comparison *comparison = context;
    const struct header *header = comparison->header;
    for (size_t i = 0, at = comparison->next; i < header->count; i++, at++) {
        if (cc_text_equal(header->path[at % header->count], path)) {
            comparison->next = (at + 1) % header->count;
            return true;
        }
    }
    comparison->others = true;
    return cc_known_fields_add(&comparison->header->others, path, error);
}

bool header_note_others(struct header *header, const struct cc_record *record, bool flat, struct cc_error *error)
{
    struct comparison comparison = {.header = header};
    if (header->given)
        return true;
    const bool good = cc_path_each(record, flat, compare_field, &comparison, error);
    header->records_with_others += comparison.others;
    return good;
}

bool header_check_found(const struct header *header, bool flat, struct cc_error *error)
{
    for (size_t i = 0; i < header->count; i++) {
        if (header->found[i])
            continue;
        (void)!cc_known_fields_fail(&header->others, header->path[i], "fields", error);
        const size_t len = strlen(error->text);
        if (!flat && cc_text_starts(header->path[i], "point."))
            snprintf(error->text + len, sizeof error->text - len, " (columns of points are point.* with --flat)");
        return false;
    }
    return true;
}

void header_list_others(const struct header *header, char *text, size_t size)
{
    enum { LISTED = 8 };
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < header->others.count && i < LISTED && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", header->others.name[i]);
    if (header->others.count > LISTED && used < size)
        snprintf(text + used, size - used, " and %zu more", header->others.count - LISTED);
}
