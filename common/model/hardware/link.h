/* link.h: a link, all of its ios together. */
#ifndef CC_MODEL_HARDWARE_LINK_H
#define CC_MODEL_HARDWARE_LINK_H

#include "base/field.h"

/* In a hardware file and in records. */
#define CC_LINK_COUNT(X, T, AS) \
    X##_INT(T, num, "num", AS(CC_REQUIRED, CC_OPTIONAL), AS(0, 1), CC_POSITIVE, "", "number of ios")
#define CC_LINK_TRANSFER(X, T, AS) \
    X##_REAL(T, pj_per_byte, "pj_per_byte", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "pJ/B", "energy of a byte moved") \
    X##_REAL(T, init_s, AS("init_time", "init_s"), CC_OPTIONAL, 1e-10, CC_NOT_NEGATIVE, "s", "time before the first byte moves")

/* A link of `num` ios; figures are per io and per direction. */
#define CC_LINK_INPUT(X, T) \
    X##_TEXT(T, io_type, "io_type", CC_OPTIONAL, "a name for the kind of io") \
    CC_LINK_COUNT(X, T, CC_AS_KEY) \
    X##_REAL(T, bytes_per_s_per_io, "bandwidth_per_io", CC_REQUIRED, 0, CC_POSITIVE, "B/s", "bandwidth of an io in one direction") \
    X##_REAL(T, area_mm2_per_io, "area_per_io", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "mm2", "die area of an io") \
    X##_REAL(T, tdp_w_per_io, "tdp_per_io", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "W", "power of an io") \
    CC_LINK_TRANSFER(X, T, CC_AS_KEY)

#define CC_LINK_FIELDS(X, T) \
    CC_LINK_COUNT(X, T, CC_AS_FIELD) \
    X##_REAL(T, bytes_per_s, "bytes_per_s", CC_REQUIRED, 0, CC_POSITIVE, "B/s", "bandwidth of all ios in one direction") \
    X##_REAL(T, power_w, "power_w", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "W", "power of all ios") \
    CC_LINK_TRANSFER(X, T, CC_AS_FIELD)

struct cc_link_input { CC_LINK_INPUT(CC_MEMBER, ) };
struct cc_link { CC_LINK_FIELDS(CC_MEMBER, ) };

/* `num` ios taken together: bandwidth (B/s), power (W); energy per byte and start-up time as given. */
struct cc_link cc_link_of(const struct cc_link_input *in);

#endif
