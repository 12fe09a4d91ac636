/* Numbers and texts. */
#include "near.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

static void reals(void **state)
{
    (void)state;
    double value;
    assert_true(cc_parse_real("459.0e+12", 9, &value));
    assert_near(value, 459e12);
    static const char *const bad[] = {"", "1x", "0x10", "inf", "nan", " 1", "1 ", "--1", "1e999", "1,5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(cc_parse_real(bad[i], strlen(bad[i]), &value));
}

static void integers(void **state)
{
    (void)state;
    int64_t value;
    assert_true(cc_parse_int("2147483648", 10, &value));
    assert_int_equal(value, 2147483648);
    assert_true(cc_parse_int("1e3", 3, &value));
    assert_int_equal(value, 1000);
    assert_false(cc_parse_int("1.5", 3, &value));
    assert_false(cc_parse_int("9007199254740993.0", 18, &value)); /* as a real it is 2^53 already */
    assert_false(cc_parse_int("9223372036854775808", 19, &value));
}

static void reals_read_back_as_the_same_bits(void **state)
{
    (void)state;
    char text[CC_REAL_TEXT];
    uint64_t seed = 7;
    for (int i = 0; i < 100000; i++) {
        const double value = ldexp(random_between(&seed, -1, 1), (int)random_between(&seed, -1070, 1020));
        const size_t len = cc_format_real(value, text);
        const double back = strtod(text, NULL);
        assert_int_equal(len, strlen(text));
        assert_memory_equal(&back, &value, sizeof value);
    }
    cc_format_real(20, text);
    assert_string_equal(text, "20.0");
    cc_format_real(1e22, text);
    assert_string_equal(text, "1e+22");
}

static void utf8(void **state)
{
    (void)state;
    assert_true(cc_text_is_utf8("gr\xc3\xb6\xc3\x9f"
                                "e \xf0\x9f\x98\x80",
                                12));
    assert_false(cc_text_is_utf8("\xc3", 1));
    assert_false(cc_text_is_utf8("\xc0\x80", 2));         /* overlong */
    assert_false(cc_text_is_utf8("\xed\xa0\x80", 3));     /* surrogate */
    assert_false(cc_text_is_utf8("\xf4\x90\x80\x80", 4)); /* beyond U+10FFFF */
}

static void nearest_names(void **state)
{
    (void)state;
    static const char *const names[] = {"area", "mac_ratio", "operational_intensity"};
    assert_string_equal(cc_text_nearest(cc_text_of("mac_ration"), names, 3), "mac_ratio");
    assert_null(cc_text_nearest(cc_text_of("zzzzzz"), names, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals), cmocka_unit_test(integers),      cmocka_unit_test(reals_read_back_as_the_same_bits),
        cmocka_unit_test(utf8),  cmocka_unit_test(nearest_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
