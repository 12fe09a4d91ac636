/* place.h: where a field stands, for messages: a chain from the entry down. */
#ifndef CC_STREAM_PLACE_H
#define CC_STREAM_PLACE_H

#include "stream/tape.h"

struct cc_place {
    const struct cc_place *outer; /* NULL for an entry */
    const char *name;
};

enum { CC_PLACE_TEXT = 256 };

/* "chip.package_link.num"; cut off when it is longer than there is room for. */
void cc_place_text(const struct cc_place *place, char text[CC_PLACE_TEXT]);

/* The path of the item that would come next on a tape whose last object, which begins at item `first`, is not complete:
 * "points.batch[17]". `key` is what the object is the value of. */
void cc_place_of_next(const struct cc_tape *tape, size_t first, struct cc_text key, char text[CC_PLACE_TEXT]);

#endif
