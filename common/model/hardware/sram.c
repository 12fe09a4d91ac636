#include "model/hardware/sram.h"

#include <string.h>

static const double track_um = 0.2, port_bits = 16;

/* Placeholder figures of the public methodology: every macro has the same size, in 7nm smaller by a factor a side. */
static void add_placeholders(struct cc_text tech, double scale, struct cc_sram_macros *macros)
{
    static const double words[] = {512, 1024, 2048, 4096}, word_bits[] = {32, 64, 128};
    struct cc_sram_macro macro = {.words = 8192, .word_bits = 32, .x_um = 100 * scale, .y_um = 200 * scale};
    memcpy(macro.tech, tech.s, tech.len);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (size_t k = 0; k < sizeof word_bits / sizeof word_bits[0]; k++) {
            struct cc_sram_macro smaller = macro;
            smaller.words = words[i];
            smaller.word_bits = word_bits[k];
            macros->macro[macros->count++] = smaller;
        }
    }
    macros->macro[macros->count++] = macro;
}

bool cc_sram_macros_of(const struct cc_sram_macros *given, struct cc_text tech, struct cc_sram_macros *macros)
{
    macros->count = 0;
    for (size_t i = 0; i < given->count; i++)
        if (cc_text_is(tech, given->macro[i].tech))
            macros->macro[macros->count++] = given->macro[i];
    if (macros->count == 0 && cc_text_is(tech, "12nm"))
        add_placeholders(tech, 1, macros);
    else if (macros->count == 0 && cc_text_is(tech, "7nm"))
        add_placeholders(tech, 0.604, macros);
    return macros->count > 0;
}

double cc_sram_crossbar_um(double read_bits)
{
    return 2 * track_um * port_bits * ceil(read_bits / port_bits);
}

/* Crossbar and padding around banks whose outline has the sides a and b. */
static double crossbar_um2(double a, double b, double crossbar_um)
{
    const double shorter = fmin(a, b), longer = fmax(a, b);
    if (crossbar_um < shorter)
        return crossbar_um * shorter;
    if (crossbar_um < longer)
        return crossbar_um * longer;
    return crossbar_um * crossbar_um + shorter * (crossbar_um - longer);
}

double cc_sram_area_um2(const struct cc_sram_macro *macro, double columns, double rows, double crossbar_um)
{
    const double banks_um2 = columns * rows * macro->x_um * macro->y_um;
    double x = columns * macro->x_um, y = rows * macro->y_um;
    while (columns >= 2) {
        const double next_x = floor(columns / 2) * macro->x_um, next_y = 2 * y;
        if (fabs(next_x - next_y) > fabs(x - y))
            break;
        columns = floor(columns / 2);
        x = next_x;
        y = next_y;
    }
    return banks_um2 + crossbar_um2(x, y, crossbar_um);
}

/* Columns of banks that give `read_bits` a cycle. */
static double columns_of(const struct cc_sram_macro *macro, double read_bits)
{
    return ceil(read_bits / macro->word_bits);
}

/* The most rows of banks that fit; 0: none. */
static double rows_in_area(const struct cc_sram_macro *macro, double columns, double crossbar_um, double area_um2)
{
    const double most = floor(area_um2 / (columns * macro->x_um * macro->y_um));
    double rows = fmin(most, CC_SRAM_ROWS_MAX);
    while (rows >= 1 && !(cc_sram_area_um2(macro, columns, rows, crossbar_um) <= area_um2))
        rows--;
    return rows >= 1 ? rows : 0;
}

/* The rows of banks before the first that does not fit. */
static double rows_until_full(const struct cc_sram_macro *macro, double columns, double crossbar_um, double area_um2)
{
    double rows = 0;
    while (rows < CC_SRAM_ROWS_MAX && cc_sram_area_um2(macro, columns, rows + 1, crossbar_um) <= area_um2)
        rows++;
    return rows;
}

bool cc_sram_bits_of_area(const struct cc_sram_macros *macros, double read_bits, double area_um2, bool published,
                          double *bits)
{
    const double crossbar_um = cc_sram_crossbar_um(read_bits);
    *bits = 0;
    for (size_t i = 0; i < macros->count; i++) {
        const struct cc_sram_macro *m = &macros->macro[i];
        const double columns = columns_of(m, read_bits);
        const double rows = published ? rows_until_full(m, columns, crossbar_um, area_um2)
                                      : rows_in_area(m, columns, crossbar_um, area_um2);
        if (rows >= 1)
            *bits = fmax(*bits, rows * columns * m->words * m->word_bits);
    }
    return *bits > 0;
}

bool cc_sram_area_of_bits(const struct cc_sram_macros *macros, double read_bits, double bits, double *area_um2)
{
    const double crossbar_um = cc_sram_crossbar_um(read_bits);
    *area_um2 = INFINITY;
    for (size_t i = 0; i < macros->count; i++) {
        const struct cc_sram_macro *m = &macros->macro[i];
        const double columns = columns_of(m, read_bits);
        const double rows = fmin(floor(bits / (columns * m->words * m->word_bits)), CC_SRAM_ROWS_MAX);
        if (rows >= 1)
            *area_um2 = fmin(*area_um2, cc_sram_area_um2(m, columns, rows, crossbar_um));
    }
    return isfinite(*area_um2);
}
