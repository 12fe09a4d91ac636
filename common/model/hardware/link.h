/* link.h: a link, all of its ios together. */
#ifndef CC_MODEL_HARDWARE_LINK_H
#define CC_MODEL_HARDWARE_LINK_H

#include "base/field.h"
#include "model/hardware/hardware.h"

#define CC_LINK_FIELDS(X, T) \
    X##_INT(T, num, "num", CC_MAY_LACK, 1, CC_POSITIVE, "", "number of ios") \
    X##_REAL(T, bytes_per_s, "bytes_per_s", CC_NEEDED, 0, CC_POSITIVE, "B/s", "bandwidth of all ios in one direction") \
    X##_REAL(T, power_w, "power_w", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "W", "power of all ios") \
    X##_REAL(T, pj_per_byte, "pj_per_byte", CC_MAY_LACK, 0, CC_NOT_NEGATIVE, "pJ/B", "energy of a byte moved") \
    X##_REAL(T, init_s, "init_s", CC_MAY_LACK, 1e-10, CC_NOT_NEGATIVE, "s", "time before the first byte moves")

struct cc_link { CC_LINK_FIELDS(CC_MEMBER, ) };

/* `num` ios taken together: bandwidth (B/s), power (W); energy per byte and start-up time as given. */
struct cc_link cc_link_of(const struct cc_link_input *in);

#endif
