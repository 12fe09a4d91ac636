/* number_format.h: how numbers are stored: how many bits each takes, and the type that arithmetic units see. */
#ifndef CC_BASE_NUMBER_FORMAT_H
#define CC_BASE_NUMBER_FORMAT_H

#include <stdbool.h>

#include "base/text.h"

/* bf16 stands for fp16 too: units run both at one rate. */
enum cc_number_type { CC_BF16, CC_FP8, CC_INT8, CC_FP4, CC_INT4, CC_NUMBER_TYPES };

extern const char *const cc_number_type_names[CC_NUMBER_TYPES];

struct cc_number_format {
    double bits; /* of a number, its share of scales and zero points included; 0: no format is given */
    enum cc_number_type type;
};

/* The type of that name; fp16 is bf16. False: there is none. */
bool cc_number_type_named(struct cc_text name, enum cc_number_type *type);

/* The format of that name, and all names, "bf16, fp16, ...". Sources: OCP Microscaling Formats (MX) 1.0 for mx*; NVIDIA for
 * nvfp4 (an 8 bit scale for 16 numbers); DeepSeek-V3 for fp8_block128 (a 32 bit scale for 128 by 128); GPTQ for int4_g128 and
 * int4_g32 (a 16 bit scale); AWQ (that, and a 4 bit zero point, for 128). False: there is none. */
bool cc_number_format_named(struct cc_text name, struct cc_number_format *format);
const char *cc_number_format_names(void);

/* A format of which only the bits are known: bf16 from 12 bits on, fp8 from 6, fp4 below. */
struct cc_number_format cc_number_format_of_bits(double bits);

/* The next wider type: fp4, fp8, bf16; int4, int8, bf16; bf16 itself. */
enum cc_number_type cc_number_type_wider(enum cc_number_type type);

/* The type in which two numbers are multiplied: that of the wider; where both are as wide and differ, the next wider
 * in which they agree. */
enum cc_number_type cc_number_type_of_product(enum cc_number_type a, enum cc_number_type b);

#endif
