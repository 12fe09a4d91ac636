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

#endif
