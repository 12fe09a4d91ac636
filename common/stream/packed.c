#include "stream/packed.h"

static int pack(void *data, const char *bytes, size_t len)
{
    struct cc_packed *packed = data;
    packed->failed |= msgpack_sbuffer_write(&packed->bytes, bytes, len) != 0;
    return 0;
}

void cc_packed_init(struct cc_packed *packed)
{
    *packed = (struct cc_packed){.failed = false};
    msgpack_sbuffer_init(&packed->bytes);
    msgpack_packer_init(&packed->packer, packed, pack);
}

void cc_packed_clear(struct cc_packed *packed)
{
    msgpack_sbuffer_clear(&packed->bytes);
}

void cc_packed_free(struct cc_packed *packed)
{
    msgpack_sbuffer_destroy(&packed->bytes);
}

void cc_packed_add(struct cc_packed *packed, struct cc_text bytes)
{
    if (bytes.len > 0)
        (void)pack(packed, bytes.s, bytes.len);
}

bool cc_packed_text(const struct cc_packed *packed, struct cc_text *text, struct cc_error *error)
{
    *text = (struct cc_text){packed->bytes.data, packed->bytes.size};
    return !packed->failed || cc_fail_memory(error);
}
