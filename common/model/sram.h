/* sram.h: SRAM built of macros of one kind in banks, behind a crossbar (area_model micro_arch).
 *
 * Banks stand in columns, as many as give the words of a cycle, and in rows. All ports meet in a crossbar as wide as its
 * wires. Source: the Chiplet Cloud methodology (arXiv 2307.02666), SRAM macro model. Lengths in um, areas in um2. */
#ifndef CC_MODEL_SRAM_H
#define CC_MODEL_SRAM_H

#include "base/field.h"

enum {
    CC_SRAM_MACROS_MAX = 256,  /* macros of a table */
    CC_SRAM_TECH_MAX = 31,     /* bytes of the name of a process */
    CC_SRAM_ROWS_MAX = 100000, /* rows of banks */
};

/* A line of the table under SRAM in a constants file. */
#define CC_SRAM_MACRO_INPUT(X, T) \
    X##_TEXT(T, tech, "tech", CC_NEEDED, "SRAM process, a name of at most 31 bytes") \
    X##_INT(T, words, "depth", CC_NEEDED, 0, CC_POSITIVE, "words", "words of the macro") \
    X##_INT(T, word_bits, "width", CC_NEEDED, 0, CC_POSITIVE, "bit", "bits of a word") \
    X##_REAL(T, x_um, "x", CC_NEEDED, 0, CC_POSITIVE, "um", "width of the macro") \
    X##_REAL(T, y_um, "y", CC_NEEDED, 0, CC_POSITIVE, "um", "height of the macro")

struct cc_sram_macro_input { CC_SRAM_MACRO_INPUT(CC_MEMBER, ) };

struct cc_sram_macro {
    char tech[CC_SRAM_TECH_MAX + 1];
    double words, word_bits, x_um, y_um;
};

struct cc_sram_macros {
    size_t count;
    struct cc_sram_macro macro[CC_SRAM_MACROS_MAX];
};

/* The macros of a process: those given, in their order, or else the placeholders of the public methodology (12nm, 7nm).
 * False when there are none. */
bool cc_sram_macros_of(const struct cc_sram_macros *given, struct cc_text tech, struct cc_sram_macros *macros);

/* Width of the crossbar (um) for `read_bits` a cycle: two tracks for each wire of the 16 bit ports. */
double cc_sram_crossbar_um(double read_bits);

/* Area (um2) of columns x rows banks of a macro with a crossbar of that width: macros, crossbar, and what is lost beside it.
 * The banks are refolded, rows doubled and columns halved, as long as that makes their outline no less square. */
double cc_sram_area_um2(const struct cc_sram_macro *macro, double columns, double rows, double crossbar_um);

/* The most bits that an area holds, which are read `read_bits` at a time: of every macro as many rows of banks as fit. False when
 * no macro fits. With `published` (sram-banks) rows are added only until one more does not fit, although more may fit again,
 * because the banks are refolded. */
bool cc_sram_bits_of_area(const struct cc_sram_macros *macros, double read_bits, double area_um2, bool published,
                          double *bits);

/* The least area for a capacity of at most `bits`, as many rows as that allows. False when no macro fits. */
bool cc_sram_area_of_bits(const struct cc_sram_macros *macros, double read_bits, double bits, double *area_um2);

#endif
