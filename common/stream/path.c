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

bool cc_next_in_list(const char **list, struct cc_text *part)
{
    if (*list == NULL)
        return false;
    const char *comma = strchr(*list, ',');
    *part = (struct cc_text){*list, comma == NULL ? strlen(*list) : (size_t)(comma - *list)};
    *list = comma == NULL ? NULL : comma + 1;
    return true;
}
