/* packed.h: msgpack that is kept for a while. */
#ifndef CC_STREAM_PACKED_H
#define CC_STREAM_PACKED_H

#include <msgpack.h>

#include "base/error.h"
#include "base/text.h"

struct cc_packed {
    msgpack_sbuffer bytes;
    msgpack_packer packer; /* appends to the bytes; that memory ran out shows at cc_packed_text */
    bool failed;
};

void cc_packed_init(struct cc_packed *packed);
void cc_packed_clear(struct cc_packed *packed);
void cc_packed_free(struct cc_packed *packed);

/* Bytes that are msgpack already. */
void cc_packed_add(struct cc_packed *packed, struct cc_text bytes);

/* The bytes packed since it was cleared, its own. False when memory has run out on the way. */
bool cc_packed_text(const struct cc_packed *packed, struct cc_text *text, struct cc_error *error) CC_MUST_CHECK;

#endif
