#include "base/number.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT = 64 };

/* Copies a number's text with a NUL after it; false for text that strtod accepts but these programs refuse (0x10, inf,
 * " 1"). */
static bool copy_decimal(const char *s, size_t len, char copy[NUMBER_TEXT])
{
    if (len == 0 || len >= NUMBER_TEXT)
        return false;
    for (size_t i = 0; i < len; i++)
        if (s[i] == '\0' || strchr("0123456789+-.eE", s[i]) == NULL)
            return false;
    memcpy(copy, s, len);
    copy[len] = '\0';
    return true;
}

bool cc_parse_real(const char *s, size_t len, double *value)
{
    char copy[NUMBER_TEXT];
    char *end;
    if (!copy_decimal(s, len, copy))
        return false;
    *value = strtod(copy, &end);
    return end == copy + len && isfinite(*value);
}

bool cc_parse_int(const char *s, size_t len, int64_t *value)
{
    char copy[NUMBER_TEXT];
    char *end;
    if (!copy_decimal(s, len, copy))
        return false;
    errno = 0;
    const intmax_t whole = strtoimax(copy, &end, 10);
    if (end == copy + len) {
        *value = whole;
        return errno == 0;
    }
    double real;
    const double exact = 9007199254740992.0; /* 2^53: beyond it a real is no longer every integer */
    if (!cc_parse_real(s, len, &real) || real != floor(real) || fabs(real) >= exact)
        return false;
    *value = (int64_t)real;
    return true;
}

size_t cc_format_real(double value, char text[CC_REAL_TEXT])
{
    int used = 0;
    for (int digits = 15; digits <= 17; digits++) {
        used = snprintf(text, CC_REAL_TEXT, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (strpbrk(text, ".e") == NULL) {
        strcpy(text + used, ".0");
        used += 2;
    }
    return (size_t)used;
}

int64_t cc_ceil_div(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}
