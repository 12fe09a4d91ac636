/* tape.h: a msgpack object taken apart, without a tree: its items one after the other, in order.
 *
 * A container is followed by its contents (for a map: key, value, key, value ...). Nothing is allocated for a length
 * that the bytes do not back up. What a record may not hold is refused here: binary and extension values, numbers that are
 * not finite, text that is not UTF-8, keys that are not text, any inner map that would be taken for a record, and whatever
 * is beyond the bounds of record/bounds.h. */
#ifndef CC_STREAM_TAPE_H
#define CC_STREAM_TAPE_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum cc_item_type {
    CC_ITEM_NIL,
    CC_ITEM_BOOL,
    CC_ITEM_INT,  /* fits int64_t */
    CC_ITEM_UINT, /* above INT64_MAX */
    CC_ITEM_REAL,
    CC_ITEM_TEXT,
    CC_ITEM_ARRAY,
    CC_ITEM_MAP,
};

struct cc_item {
    enum cc_item_type type;
    uint32_t count; /* bytes of a text, elements of an array, pairs of a map */
    union {
        bool truth;
        int64_t i;
        uint64_t u;
        double real;
        size_t offset; /* of a text, from the start of the bytes that were scanned */
        size_t extent; /* of a container: items, itself included */
    } as;
};

struct cc_tape {
    struct cc_item *items;
    size_t count, size;
    const char *bytes; /* what text offsets count from; set by the owner when all is there */
};

/* The item after this one and its contents. */
static inline const struct cc_item *cc_item_next(const struct cc_item *item)
{
    return item + (item->type == CC_ITEM_ARRAY || item->type == CC_ITEM_MAP ? item->as.extent : 1);
}

static inline struct cc_text cc_item_text(const struct cc_tape *tape, const struct cc_item *item)
{
    return (struct cc_text){item->count == 0 ? "" : tape->bytes + item->as.offset, item->count};
}

static inline bool cc_item_is_number(const struct cc_item *item)
{
    return item->type == CC_ITEM_REAL || item->type == CC_ITEM_INT || item->type == CC_ITEM_UINT;
}

/* The value of a number, rounded to a double where it is a large integer. */
static inline double cc_item_number(const struct cc_item *item)
{
    if (item->type == CC_ITEM_REAL)
        return item->as.real;
    return item->type == CC_ITEM_INT ? (double)item->as.i : (double)item->as.u;
}

/* The value of a map's key, or NULL. */
const struct cc_item *cc_item_find(const struct cc_tape *tape, const struct cc_item *map, struct cc_text key);

/* Type of an item, for messages: "text", "a map" ... */
const char *cc_item_type_name(const struct cc_item *item);

/* Makes the tape twice as long, up to the bound of a record. False beyond it and when memory has run out. */
bool cc_tape_grow(struct cc_tape *tape, struct cc_error *error) CC_MUST_CHECK;

void cc_tape_free(struct cc_tape *tape);

#endif
