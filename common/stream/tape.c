#include "stream/tape.h"

#include <stdlib.h>

#include "record/bounds.h"

const struct cc_item *cc_item_find(const struct cc_tape *tape, const struct cc_item *map, struct cc_text key)
{
    const struct cc_item *at = map + 1;
    if (map->type != CC_ITEM_MAP)
        return NULL;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct cc_item *value = cc_item_next(at);
        if (cc_text_equal(cc_item_text(tape, at), key))
            return value;
        at = cc_item_next(value);
    }
    return NULL;
}

const char *cc_item_type_name(const struct cc_item *item)
{
    static const char *const names[] = {"nil",      "true or false", "an integer", "an integer",
                                        "a number", "text",          "an array",   "a map"};
    return names[item->type];
}

void cc_tape_free(struct cc_tape *tape)
{
    free(tape->items);
    *tape = (struct cc_tape){0};
}

bool cc_tape_grow(struct cc_tape *tape, struct cc_error *error)
{
    if (tape->count == CC_RECORD_VALUES_MAX)
        return cc_fail(error, CC_BAD_DATA, "the record has more than %d values", CC_RECORD_VALUES_MAX);
    const size_t doubled = tape->size == 0 ? 256 : tape->size * 2;
    const size_t size = doubled < CC_RECORD_VALUES_MAX ? doubled : CC_RECORD_VALUES_MAX;
    struct cc_item *items = realloc(tape->items, size * sizeof *items);
    if (items == NULL)
        return cc_fail_memory(error);
    tape->items = items;
    tape->size = size;
    return true;
}
