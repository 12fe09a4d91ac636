/* sram.h: SRAM built of macros of one kind in banks, behind a crossbar (area_model micro_arch).
 *
 * Banks stand in columns, as many as give the words of a cycle, and in rows. All ports meet in a crossbar as wide as its
 * wires. Source: the Chiplet Cloud methodology (arXiv 2307.02666), SRAM macro model. Lengths in um, areas in um2. */
#ifndef CC_MODEL_HARDWARE_SRAM_H
#define CC_MODEL_HARDWARE_SRAM_H

#include <stdbool.h>

#include "base/text.h"
#include "model/sram_macros.h"

enum { CC_SRAM_ROWS_MAX = 100000 }; /* rows of banks */

/* The macros of a process: those given, in their order, or else the placeholders of the public methodology (12nm, 7nm).
 * False when there are none. */
bool cc_sram_macros_of(const struct cc_sram_macros *given, struct cc_text tech, struct cc_sram_macros *macros);

/* Width of the crossbar (um) for `read_bits` a cycle: two tracks for each wire of the 16 bit ports. */
double cc_sram_crossbar_um(double read_bits);

/* Area (um2) of columns x rows banks of a macro with a crossbar of that width: macros, crossbar, and the area lost around it.
 * The banks are refolded, rows doubled and columns halved, as long as that makes their outline no less square. */
double cc_sram_area_um2(const struct cc_sram_macro *macro, double columns, double rows, double crossbar_um);

/* The most bits that fit in an area and are read `read_bits` at a time: for each macro as many rows of banks as fit. False when
 * no macro fits. With `published` (sram-banks) rows are added only until one more does not fit, although more may fit again,
 * because the banks are refolded. */
bool cc_sram_bits_of_area(const struct cc_sram_macros *macros, double read_bits, double area_um2, bool published,
                          double *bits);

/* The least area for a capacity of at most `bits`, as many rows as that allows. False when no macro fits. */
bool cc_sram_area_of_bits(const struct cc_sram_macros *macros, double read_bits, double bits, double *area_um2);

#endif
