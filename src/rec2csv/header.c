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
        if (paths == NULL || values == NULL)
            return cc_fail_memory(error);
        header->size = size;
    }
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
}

enum { PATH_SIZE = 512 };

/* What is done with each field of a record; false ends the walk. */
struct walk {
    bool (*field)(const struct walk *walk, struct cc_text path);
    struct header *header;
    const struct header *columns;
    size_t *next; /* the column that should come: records of a stream mostly have the same fields in the same order */
    const struct cc_record *record;
    bool flat;
    struct cc_error *error;
};

static bool visit_item(const struct walk *walk, const struct cc_item *item, char path[PATH_SIZE], size_t used)
{
    if (item->type != CC_ITEM_MAP || item->count == 0)
        return walk->field(walk, (struct cc_text){path, used});
    const struct cc_item *at = item + 1;
    for (uint32_t i = 0; i < item->count; i++) {
        const struct cc_text key = cc_item_text(walk->record->tape, at);
        const struct cc_item *value = cc_item_next(at);
        if (used + key.len + 2 > PATH_SIZE)
            return cc_fail(walk->error, CC_BAD_DATA, "%.*s: keys are too long for a column name", (int)used, path);
        path[used] = '.';
        memcpy(path + used + 1, key.s, key.len);
        if (!visit_item(walk, value, path, used + 1 + key.len))
            return false;
        at = cc_item_next(value);
    }
    return true;
}

static bool visit_record(const struct walk *walk)
{
    char path[PATH_SIZE];
    for (size_t i = 0; i < walk->record->count; i++) {
        const struct cc_entry *entry = &walk->record->entry[i];
        const bool points = walk->flat && cc_text_is(entry->key, "points");
        const size_t len = points ? strlen("point") : entry->key.len;
        if (len + 1 > PATH_SIZE)
            return cc_fail(walk->error, CC_BAD_DATA, "an entry's key is too long for a column name");
        memcpy(path, entry->key.s, len);
        if (!visit_item(walk, entry->value, path, len))
            return false;
    }
    return true;
}

static bool take_field(const struct walk *walk, struct cc_text path)
{
    char *copy = cc_arena_copy(&walk->header->arena, path.s, path.len);
    if (copy == NULL)
        return cc_fail_memory(walk->error);
    return add(walk->header, (struct cc_text){copy, path.len}, walk->error);
}

bool header_take(struct header *header, const struct cc_record *record, bool flat, struct cc_error *error)
{
    const struct walk walk = {.field = take_field, .header = header, .record = record, .flat = flat, .error = error};
    header->complete = true;
    return visit_record(&walk);
}

static bool check_field(const struct walk *walk, struct cc_text path)
{
    const size_t count = walk->columns->count;
    for (size_t i = 0, at = *walk->next; i < count; i++, at++) {
        if (cc_text_equal(walk->columns->path[at % count], path)) {
            *walk->next = (at + 1) % count;
            return true;
        }
    }
    return cc_fail(walk->error, CC_BAD_DATA,
                   "has the field %.*s, which the first record has not: name the columns with --fields",
                   CC_TEXT_ARG(path));
}

bool header_covers(const struct header *header, const struct cc_record *record, bool flat, struct cc_error *error)
{
    size_t next = 0;
    const struct walk walk = {
        .field = check_field, .columns = header, .next = &next, .record = record, .flat = flat, .error = error};
    return visit_record(&walk);
}
