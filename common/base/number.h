/* number.h: numbers to and from text, and the small integer functions the model needs. */
#ifndef CC_BASE_NUMBER_H
#define CC_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parse the whole of `s` (`len` bytes) as a number; false when anything is left over, nothing is there, or the
 * value does not fit. A real may be written 20, 459.0e+12 or 1e9; it is finite. An integer may also be written as
 * a real that has no fraction (1e3). */
bool cc_parse_real(const char *s, size_t len, double *value);
bool cc_parse_int(const char *s, size_t len, int64_t *value);

enum { CC_REAL_TEXT = 32 };

/* The shortest decimal text of 15 to 17 digits that reads back as exactly `value` (finite), with a '.' or an exponent in it, so that it
 * is told from an integer. Returns its length; `text` is NUL-terminated. */
size_t cc_format_real(double value, char text[CC_REAL_TEXT]);

/* ceil(a/b), for positive arguments. */
int64_t cc_ceil_div(int64_t a, int64_t b);

#endif
