/* Numbers and texts: seeded round trips against the C library, limits, UTF-8 by construction. */
#include "near.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

/* Any finite double, all exponents alike. */
static double random_double(uint64_t *seed)
{
    for (;;) {
        const uint64_t high = (uint64_t)random_between(seed, 0, 4294967296.0);
        const uint64_t bits = high << 32 | (uint64_t)random_between(seed, 0, 4294967296.0);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            return value;
    }
}

static void reals_come_back(void **state)
{
    (void)state;
    uint64_t seed = 71;
    for (int i = 0; i < 50000; i++) {
        const double value = random_double(&seed);
        char text[CC_REAL_TEXT];
        double back;
        const size_t len = cc_format_real(value, text);
        assert_true(len < CC_REAL_TEXT && len == strlen(text));
        assert_non_null(strpbrk(text, ".e"));
        assert_true(cc_parse_real(text, len, &back));
        assert_memory_equal(&back, &value, sizeof value);
    }
}

/* Normal doubles: below them fewer than 15 digits can do. */
static void no_shorter_text_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 72;
    for (int i = 0; i < 5000; i++) {
        const double coarse = floor(random_between(&seed, 1, 1e6)) / 1000, fine = random_between(&seed, 1e-5, 1e5);
        const double value = i % 2 == 0 ? coarse : fine;
        char text[CC_REAL_TEXT], shortest[512];
        int digits = 1;
        do
            snprintf(shortest, sizeof shortest, "%.*g", digits++, value);
        while (strtod(shortest, NULL) != value);
        const size_t len = cc_format_real(value, text);
        assert_true(len <= strlen(shortest) + (strpbrk(shortest, ".e") == NULL ? 2 : 0));
    }
}

static void integers_come_back(void **state)
{
    (void)state;
    uint64_t seed = 73;
    for (int i = 0; i < 10000; i++) {
        const int64_t value = (int64_t)random_between(&seed, -9e18, 9e18) >> (i % 63);
        char text[32];
        int64_t back;
        const int len = snprintf(text, sizeof text, "%" PRId64, value);
        assert_true(cc_parse_int(text, (size_t)len, &back));
        assert_int_equal(back, value);
    }
}

static bool parses_int(const char *text, int64_t *value)
{
    return cc_parse_int(text, strlen(text), value);
}

static void integers_at_the_limits(void **state)
{
    (void)state;
    int64_t value;
    assert_true(parses_int("9223372036854775807", &value));
    assert_int_equal(value, INT64_MAX);
    assert_true(parses_int("-9223372036854775808", &value));
    assert_int_equal(value, INT64_MIN);
    assert_true(parses_int("2.5e1", &value));
    assert_int_equal(value, 25);
    assert_true(parses_int("-3.0", &value));
    assert_int_equal(value, -3);
    static const char *const bad[] = {"", "-", "-9223372036854775809", "1e19", "2.5", "1e-1", "12 ", "e3", "0x1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(parses_int(bad[i], &value));
    assert_false(cc_parse_int("1\0002", 3, &value)); /* a NUL inside is no end */
    assert_true(cc_parse_int("123", 2, &value));     /* and none is needed */
    assert_int_equal(value, 12);
}

static void small_functions(void **state)
{
    (void)state;
    assert_int_equal(cc_ceil_div(12, 4), 3);
    assert_int_equal(cc_ceil_div(13, 4), 4);
    assert_int_equal(cc_ceil_div(1, 4), 1);
}

/* UTF-8 of a code point, whatever it is; returns its length. */
static size_t encode(uint32_t c, char out[4])
{
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    const size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(uint8_t)(lead[len == 1 ? 0 : len] | c);
    return len;
}

static void every_code_point(void **state)
{
    (void)state;
    char s[4];
    for (uint32_t c = 0; c < 0x120000; c++) {
        const bool valid = c < 0xd800 || (c > 0xdfff && c <= 0x10ffff);
        const size_t len = encode(c, s);
        if (cc_text_is_utf8(s, len) != valid)
            fail_msg("U+%" PRIX32, c);
        if (len > 1 && cc_text_is_utf8(s, len - 1))
            fail_msg("U+%" PRIX32 " cut short", c);
    }
    assert_true(cc_text_is_utf8(NULL, 0));
}

static void nearest_names(void **state)
{
    (void)state;
    static const char *const names[] = {"num_chips", "num_lanes", "freq"};
    assert_string_equal(cc_text_nearest(cc_text_of("num_chip"), names, 3), "num_chips");
    assert_string_equal(cc_text_nearest(cc_text_of("NUM_LANES"), names, 3), "num_lanes");
    assert_string_equal(cc_text_nearest(cc_text_of("freqq"), names, 3), "freq");
    assert_null(cc_text_nearest(cc_text_of("yield"), names, 3));
    assert_null(cc_text_nearest(cc_text_of("freq"), names, 0));
}

static void parts_of_texts(void **state)
{
    (void)state;
    assert_true(cc_text_contains_any_case(cc_text_of("SwiGLU"), "glu"));
    assert_false(cc_text_contains_any_case(cc_text_of("gelu"), "glu"));
    assert_false(cc_text_contains_any_case(cc_text_of("gl"), "glu"));
    assert_true(cc_text_starts(cc_text_of("local_ring"), "local_"));
    assert_false(cc_text_starts(cc_text_of("loc"), "local_"));
    assert_false(cc_text_is(cc_text_of("ring"), "rings"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_come_back),    cmocka_unit_test(no_shorter_text_reads_back),
        cmocka_unit_test(integers_come_back), cmocka_unit_test(integers_at_the_limits),
        cmocka_unit_test(small_functions),    cmocka_unit_test(every_code_point),
        cmocka_unit_test(nearest_names),      cmocka_unit_test(parts_of_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
