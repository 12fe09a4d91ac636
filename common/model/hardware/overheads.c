#include "model/hardware/overheads.h"

CC_DEFINE_FIELDS(cc_overheads_fields, CC_OVERHEADS_FIELDS, struct cc_overheads, "overheads");
CC_DEFINE_FIELDS(cc_calibrated_fields, CC_CALIBRATED_FIELDS, struct cc_calibrated, "calibrated");

struct cc_overheads cc_overheads_none(void)
{
#define NOT_GIVEN_REAL(T, member, ...) .member = NAN,
    return (struct cc_overheads){CC_OVERHEADS_FIELDS(NOT_GIVEN, )};
#undef NOT_GIVEN_REAL
}

void cc_overheads_add(struct cc_overheads *overheads, const struct cc_overheads *other)
{
#define ADD_REAL(T, member, ...) \
    if (isnan(overheads->member)) \
        overheads->member = other->member;
    CC_OVERHEADS_FIELDS(ADD, )
#undef ADD_REAL
}

struct cc_overheads cc_calibrated_overheads(const struct cc_calibrated *calibrated)
{
#define COPY_REAL(T, member, ...) .member = calibrated->member,
    return (struct cc_overheads){CC_OVERHEADS_FIELDS(COPY, )};
#undef COPY_REAL
}

bool cc_overheads_given(const struct cc_overheads *overheads)
{
#define GIVEN_REAL(T, member, ...) || !isnan(overheads->member)
    return false CC_OVERHEADS_FIELDS(GIVEN, );
#undef GIVEN_REAL
}

struct cc_overheads cc_overheads_in_force(const struct cc_overheads *overheads)
{
    const struct cc_overheads off = {0};
    struct cc_overheads in_force = *overheads;
    cc_overheads_add(&in_force, &off);
    return in_force;
}

double cc_usable_bytes(const struct cc_overheads *overheads, double chips, double memory_bytes, double sram_bytes)
{
    const double held = memory_bytes - overheads->sram_cache_share * sram_bytes;
    return fmax(0, held * (1 - overheads->memory_reserved_share) - chips * overheads->memory_reserved_bytes);
}
