/* sram_macros.h: the table of SRAM macros that a constants file may have besides its maps. */
#ifndef CC_MODEL_SRAM_MACROS_H
#define CC_MODEL_SRAM_MACROS_H

#include <stddef.h>

#include "base/field.h"

enum {
    CC_SRAM_MACROS_MAX = 256, /* macros of a table */
    CC_SRAM_TECH_MAX = 31,    /* bytes of the name of a process */
};

/* A line of the table under SRAM in a constants file. */
#define CC_SRAM_MACRO_INPUT(X, T) \
    X##_TEXT(T, tech, "tech", CC_REQUIRED, "SRAM process, a name of at most 31 bytes") \
    X##_INT(T, words, "depth", CC_REQUIRED, 0, CC_POSITIVE, "words", "words of the macro") \
    X##_INT(T, word_bits, "width", CC_REQUIRED, 0, CC_POSITIVE, "bit", "bits of a word") \
    X##_REAL(T, x_um, "x", CC_REQUIRED, 0, CC_POSITIVE, "um", "width of the macro") \
    X##_REAL(T, y_um, "y", CC_REQUIRED, 0, CC_POSITIVE, "um", "height of the macro")

struct cc_sram_macro_input { CC_SRAM_MACRO_INPUT(CC_MEMBER, ) };

struct cc_sram_macro {
    char tech[CC_SRAM_TECH_MAX + 1];
    double words, word_bits, x_um, y_um;
};

struct cc_sram_macros {
    size_t count;
    struct cc_sram_macro macro[CC_SRAM_MACROS_MAX];
};

#endif
