/* rates.h: how fast a chip multiplies numbers of each type. */
#ifndef CC_MODEL_HARDWARE_RATES_H
#define CC_MODEL_HARDWARE_RATES_H

#include "base/field.h"
#include "base/number_format.h"

/* Multiples of the peak performance; in hardware files and records alike. */
#define CC_PERF_RATIO_FIELDS(X, T) \
    X##_REAL(T, bf16, "bf16", CC_OPTIONAL, NAN, CC_POSITIVE, "", "at bf16 and fp16") \
    X##_REAL(T, fp16, "fp16", CC_OPTIONAL, NAN, CC_POSITIVE, "", "another name for bf16") \
    X##_REAL(T, fp8, "fp8", CC_OPTIONAL, NAN, CC_POSITIVE, "", "at fp8") \
    X##_REAL(T, int8, "int8", CC_OPTIONAL, NAN, CC_POSITIVE, "", "at int8") \
    X##_REAL(T, fp4, "fp4", CC_OPTIONAL, NAN, CC_POSITIVE, "", "at fp4") \
    X##_REAL(T, int4, "int4", CC_OPTIONAL, NAN, CC_POSITIVE, "", "at int4")

struct cc_perf_ratio { CC_PERF_RATIO_FIELDS(CC_MEMBER, ) };
extern const struct cc_fields cc_perf_ratio_fields;

/* By number type; 0: the chip does not multiply such numbers. */
struct cc_rates {
    double of[CC_NUMBER_TYPES];
};

/* The type that the peak performance is stated for; an empty name is bf16. And the bytes of a word of it, at least 1. */
enum cc_number_type cc_rates_type(struct cc_text number_type);
int64_t cc_rates_word_bytes(struct cc_text number_type);

/* The rates of a chip: 1 for the type of its peak performance, the rest as given. */
struct cc_rates cc_rates_of(struct cc_text number_type, const struct cc_perf_ratio *ratio);

/* The type in which a product of `type` is done: that one, or the next wider that the chip has a rate for. False: none. */
bool cc_rates_type_for(const struct cc_rates *rates, enum cc_number_type type, enum cc_number_type *done);

#endif
