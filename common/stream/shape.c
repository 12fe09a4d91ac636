#include "stream/shape.h"

#include "stream/load.h"

enum { BYTES_MIN = 32 };

/* Whether a number of that head may differ; others have to be the same. */
static bool is_free(unsigned char kind)
{
    return kind < 0x80 || (kind >= 0xcb && kind <= 0xcd);
}

/* Adds the number whose first byte is at `at`. False when there is no room for it. */
static bool add_number(struct cc_shape *shape, size_t at, size_t size, bool bare, uint32_t item)
{
    if (shape->count == CC_SHAPE_NUMBERS_MAX)
        return false;
    const size_t head = bare ? 0 : 1;
    shape->number[shape->count++] = (struct cc_shape_number){
        .item = item,
        .offset = (uint32_t)(at + head),
        .size = (uint8_t)(size - head),
        .bare = bare,
    };
    memset(shape->same + at + head, 0, size - head);
    return true;
}

void cc_shape_learn(struct cc_shape *shape, struct cc_text object)
{
    cc_byte *const bytes = (cc_byte *)object.s;
    uint32_t item = 0;
    shape->count = shape->len = 0;
    if (object.len < BYTES_MIN || object.len > CC_SHAPE_BYTES_MAX)
        return;
    memset(shape->same, 0xff, object.len);
    for (size_t at = 0, size; at < object.len; at += size, item++) {
        size = cc_load_item_size(bytes + at);
        if (is_free(bytes[at]) && !add_number(shape, at, size, bytes[at] < 0x80, item))
            return;
    }
    shape->len = object.len;
}

static inline bool take_number(const struct cc_shape_number *number, cc_byte *at, struct cc_item *item)
{
    if (number->size == 8) {
        item->as.real = cc_load_real(at);
        return cc_is_finite(item->as.real);
    }
    item->as.i = (int64_t)(number->size == 1 ? *at : cc_load_16(at));
    return !number->bare || *at < 0x80;
}

/* Bits in which eight bytes differ that have to be the same. */
static inline uint64_t difference(const struct cc_shape *shape, const char *before, const char *here, size_t at)
{
    uint64_t same;
    memcpy(&same, shape->same + at, sizeof same);
    return cc_difference_64(before + at, here + at) & same;
}

bool cc_shape_take(const struct cc_shape *shape, const char *before, const char *here, struct cc_item *items)
{
    const size_t word = sizeof(uint64_t), last = shape->len - word;
    uint64_t differ = difference(shape, before, here, last); /* overlaps the word before it */
    for (size_t at = 0; at < last; at += word)
        differ |= difference(shape, before, here, at);
    if (differ != 0)
        return false;
    for (size_t i = 0; i < shape->count; i++) {
        const struct cc_shape_number *number = &shape->number[i];
        if (!take_number(number, (cc_byte *)here + number->offset, &items[number->item]))
            return false;
    }
    return true;
}
