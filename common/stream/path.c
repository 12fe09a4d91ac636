#include "stream/path.h"

static struct cc_text first_part(struct cc_text path)
{
    const char *dot = memchr(path.s, '.', path.len);
    return (struct cc_text){path.s, dot == NULL ? path.len : (size_t)(dot - path.s)};
}

static struct cc_text rest_of(struct cc_text path, struct cc_text part)
{
    const size_t skip = part.len < path.len ? part.len + 1 : part.len;
    return (struct cc_text){path.s + skip, path.len - skip};
}

/* The item that the rest of a path leads to inside `item`. A key that has dots itself is found whole. */
static const struct cc_item *find_inside(const struct cc_tape *tape, const struct cc_item *item, struct cc_text path)
{
    while (item != NULL && path.len > 0) {
        const struct cc_item *whole = cc_item_find(tape, item, path);
        if (whole != NULL)
            return whole;
        const struct cc_text part = first_part(path);
        item = part.len == path.len ? NULL : cc_item_find(tape, item, part);
        path = rest_of(path, part);
    }
    return item;
}

struct cc_field_values cc_path_find(const struct cc_record *record, const struct cc_points *points, struct cc_text path)
{
    const struct cc_text part = first_part(path);
    const struct cc_text rest = rest_of(path, part);
    if (cc_text_is(part, "point") && points->map != NULL && rest.len > 0)
        return (struct cc_field_values){cc_points_column(points, rest), !points->flat};
    for (size_t i = 0; i < record->count; i++)
        if (cc_text_equal(record->entry[i].key, part))
            return (struct cc_field_values){find_inside(record->tape, record->entry[i].value, rest), false};
    return (struct cc_field_values){NULL, false};
}

enum { PATH_SIZE = 512 };

struct walk {
    cc_visit_field *visit;
    void *context;
    const struct cc_record *record;
    struct cc_error *error;
};

static bool visit_item(const struct walk *walk, const struct cc_item *item, char path[PATH_SIZE], size_t used)
{
    if (item->type != CC_ITEM_MAP || item->count == 0)
        return walk->visit(walk->context, (struct cc_text){path, used}, walk->error);
    const struct cc_item *at = item + 1;
    for (uint32_t i = 0; i < item->count; i++) {
        const struct cc_text key = cc_item_text(walk->record->tape, at);
        const struct cc_item *value = cc_item_next(at);
        if (used + key.len + 2 > PATH_SIZE)
            return cc_fail(walk->error, CC_BAD_DATA, "%.*s: the column name is too long", (int)used, path);
        path[used] = '.';
        memcpy(path + used + 1, key.s, key.len);
        if (!visit_item(walk, value, path, used + 1 + key.len))
            return false;
        at = cc_item_next(value);
    }
    return true;
}

bool cc_path_each(const struct cc_record *record, bool flat, cc_visit_field *visit, void *context,
                  struct cc_error *error)
{
    const struct walk walk = {visit, context, record, error};
    char path[PATH_SIZE];
    for (size_t i = 0; i < record->count; i++) {
        const struct cc_entry *entry = &record->entry[i];
        const bool points = flat && cc_text_is(entry->key, "points");
        const size_t len = points ? strlen("point") : entry->key.len; /* a key is at most CC_KEY_BYTES_MAX */
        memcpy(path, entry->key.s, len);
        if (!visit_item(&walk, entry->value, path, len))
            return false;
    }
    return true;
}

bool cc_next_in_list(const char **list, struct cc_text *part)
{
    if (*list == NULL)
        return false;
    const char *comma = strchr(*list, ',');
    *part = (struct cc_text){*list, comma == NULL ? strlen(*list) : (size_t)(comma - *list)};
    *list = comma == NULL ? NULL : comma + 1;
    return true;
}
