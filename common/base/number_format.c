#include "base/number_format.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *const cc_number_type_names[CC_NUMBER_TYPES] = {"bf16", "fp8", "int8", "fp4", "int4"};

static const struct {
    const char *name;
    struct cc_number_format format;
} formats[] = {
    {"bf16", {16, CC_BF16}},
    {"fp16", {16, CC_BF16}},
    {"fp8", {8, CC_FP8}},
    {"fp8_block128", {8 + 32.0 / (128 * 128), CC_FP8}},
    {"mxfp8", {8 + 8.0 / 32, CC_FP8}},
    {"int8", {8, CC_INT8}},
    {"nvfp4", {4 + 8.0 / 16, CC_FP4}},
    {"mxfp4", {4 + 8.0 / 32, CC_FP4}},
    {"int4_g32", {4 + 16.0 / 32, CC_INT4}},
    {"int4_g128", {4 + 16.0 / 128, CC_INT4}},
    {"awq", {4 + (16.0 + 4.0) / 128, CC_INT4}},
};

bool cc_number_type_named(struct cc_text name, enum cc_number_type *type)
{
    *type = CC_BF16;
    if (cc_text_is(name, "fp16"))
        return true;
    for (int i = 0; i < CC_NUMBER_TYPES; i++)
        if (cc_text_is(name, cc_number_type_names[i])) {
            *type = (enum cc_number_type)i;
            return true;
        }
    return false;
}

bool cc_number_format_named(struct cc_text name, struct cc_number_format *format)
{
    for (size_t i = 0; i < COUNT(formats); i++)
        if (cc_text_is(name, formats[i].name)) {
            *format = formats[i].format;
            return true;
        }
    return false;
}

const char *cc_number_format_names(void)
{
    static char list[128];
    size_t used = 0;
    for (size_t i = 0; i < COUNT(formats); i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", formats[i].name);
    return list;
}

struct cc_number_format cc_number_format_of_bits(double bits)
{
    return (struct cc_number_format){bits, bits >= 12 ? CC_BF16 : bits >= 6 ? CC_FP8 : CC_FP4};
}

enum cc_number_type cc_number_type_wider(enum cc_number_type type)
{
    if (type == CC_FP4)
        return CC_FP8;
    return type == CC_INT4 ? CC_INT8 : CC_BF16;
}

static int element_bits(enum cc_number_type type)
{
    return type == CC_BF16 ? 16 : type == CC_FP8 || type == CC_INT8 ? 8 : 4;
}

enum cc_number_type cc_number_type_of_product(enum cc_number_type a, enum cc_number_type b)
{
    if (element_bits(a) != element_bits(b))
        return element_bits(a) > element_bits(b) ? a : b;
    while (a != b) {
        a = cc_number_type_wider(a);
        b = cc_number_type_wider(b);
    }
    return a;
}
