/* shape.h: objects that differ in their numbers alone, as servers of a chip do, and designs of a space.
 *
 *     bytes    a6 server 84 a9 num_lanes 08 a7 cost_usd cb 40 9f .. a4 link ..
 *     shape                              ^^            ^^^^^^^^            the rest is the same
 *
 * Once an object has the shape of the one before, its items are those of that one, with other numbers: what lies between
 * them is compared, not taken apart. */
#ifndef CC_STREAM_SHAPE_H
#define CC_STREAM_SHAPE_H

#include "stream/tape.h"

enum { CC_SHAPE_NUMBERS_MAX = 128, CC_SHAPE_BYTES_MAX = 3072 };

/* A number that may differ: its item, from the first of the object, and the bytes of its value. One byte is that of a small
 * integer in the value, 0 to 127, when it is `bare`: without a head that says of which size it is. */
struct cc_shape_number {
    uint32_t item, offset;
    uint8_t size;
    bool bare;
};

struct cc_shape {
    size_t count, len; /* numbers; bytes of the object, 0 when its shape is not known */
    struct cc_shape_number number[CC_SHAPE_NUMBERS_MAX];
    unsigned char same[CC_SHAPE_BYTES_MAX]; /* 0xff for a byte that has to be the same, 0 for one of a number */
};

/* The shape of an object, or of several that follow each other, that were taken apart without a fault; its len is 0 when
 * they have too many bytes or numbers, or too few for it to pay. */
void cc_shape_learn(struct cc_shape *shape, struct cc_text object);

/* Whether the bytes, as many as the shape has, are an object of that shape, as those at `before` are. Then the items hold the
 * numbers; else some of them may. */
bool cc_shape_take(const struct cc_shape *shape, const char *before, const char *here, struct cc_item *items);

#endif
