/* load.h: numbers of msgpack, big-endian, from bytes that are there. */
#ifndef CC_STREAM_LOAD_H
#define CC_STREAM_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <msgpack/sysdep.h>

typedef const unsigned char cc_byte;

static inline uint64_t cc_load_16(cc_byte *at)
{
    uint16_t value;
    _msgpack_load16(uint16_t, at, &value);
    return value;
}

static inline uint64_t cc_load_32(cc_byte *at)
{
    uint32_t value;
    _msgpack_load32(uint32_t, at, &value);
    return value;
}

static inline uint64_t cc_load_64(cc_byte *at)
{
    uint64_t value;
    _msgpack_load64(uint64_t, at, &value);
    return value;
}

static inline uint64_t cc_load_sized(cc_byte *at, size_t size)
{
    return size == 1 ? *at : size == 2 ? cc_load_16(at) : size == 4 ? cc_load_32(at) : cc_load_64(at);
}

static inline double cc_load_real(cc_byte *at)
{
    const uint64_t bits = cc_load_64(at);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline bool cc_is_finite(double value)
{
    return value - value == 0;
}

/* Bytes of an item that is there as a whole, without what a container holds. */
static inline size_t cc_load_item_size(cc_byte *at)
{
    static const unsigned char after_head[] = {
        [0xc0] = 0, [0xc2] = 0, [0xc3] = 0, [0xca] = 4, [0xcb] = 8, [0xcc] = 1, [0xcd] = 2, [0xce] = 4, [0xcf] = 8,
        [0xd0] = 1, [0xd1] = 2, [0xd2] = 4, [0xd3] = 8, [0xdc] = 2, [0xdd] = 4, [0xde] = 2, [0xdf] = 4,
    };
    const unsigned char kind = *at;
    if (kind < 0xa0 || kind >= 0xe0)
        return 1;
    if (kind < 0xc0)
        return 1 + (size_t)(kind & 0x1f);
    if (kind < 0xd9 || kind > 0xdb)
        return 1 + (size_t)after_head[kind];
    const size_t length = (size_t)1 << (kind - 0xd9);
    return 1 + length + cc_load_sized(at + 1, length);
}

/* Items that a container holds at first hand, keys included; 0: none, or the item is no container. */
static inline uint64_t cc_load_children(cc_byte *at)
{
    const unsigned char kind = *at;
    if (kind >= 0x80 && kind < 0xa0)
        return kind < 0x90 ? 2 * (uint64_t)(kind & 0xf) : (uint64_t)(kind & 0xf);
    if (kind < 0xdc || kind > 0xdf)
        return 0;
    const uint64_t count = cc_load_sized(at + 1, kind & 1 ? 4 : 2);
    return kind < 0xde ? count : 2 * count;
}

/* Bytes of a value that is there as a whole, with all that it holds. */
static inline size_t cc_load_value_size(cc_byte *at)
{
    size_t size = 0;
    for (uint64_t left = 1; left > 0; left--) {
        left += cc_load_children(at + size);
        size += cc_load_item_size(at + size);
    }
    return size;
}

#endif
