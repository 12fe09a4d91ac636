/* The scanner against msgpack-c's unpacker: every format, every truncation, bounds, nesting, and random objects with
 * damage. */
#include "near.h"

#include "../fuzz/scans.h"
#include "record/bounds.h"

/* Bytes that are put together. */
struct bytes {
    size_t len, size;
    uint8_t *at;
};

static void put(struct bytes *b, const void *from, size_t len)
{
    if (b->len + len > b->size) {
        b->size = 2 * (b->len + len);
        b->at = realloc(b->at, b->size);
        assert_non_null(b->at);
    }
    memcpy(b->at + b->len, from, len);
    b->len += len;
}

static void put_byte(struct bytes *b, unsigned value)
{
    const uint8_t byte = (uint8_t)value;
    put(b, &byte, 1);
}

/* A head: its first byte and a big-endian number of `size` bytes. */
static void put_head(struct bytes *b, unsigned kind, uint64_t value, unsigned size)
{
    put_byte(b, kind);
    for (unsigned i = size; i-- > 0;)
        put_byte(b, (unsigned)(value >> 8 * i) & 0xff);
}

static void put_filling(struct bytes *b, unsigned value, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_byte(b, value);
}

/* Fails where they differ; what both say. */
static enum cc_scan_status both_say(struct scans *scans, const struct bytes *b, size_t step)
{
    enum cc_scan_status status = CC_SCAN_MORE;
    const char *difference = scans_differ(scans, b->at, b->len, step, &status);
    if (difference != NULL) {
        for (size_t i = 0; i < b->len && i < 100; i++)
            print_error("%02x ", b->at[i]);
        print_error("(%zu bytes, by %zu): %s\n", b->len, step, difference);
        fail();
    }
    return status;
}

static void expect(struct scans *scans, const struct bytes *b, enum cc_scan_status expected)
{
    assert_int_equal(both_say(scans, b, b->len), expected);
}

/* Cut at every byte, and byte by byte. */
static void cut_everywhere(struct scans *scans, const struct bytes *b)
{
    for (size_t len = 1; len <= b->len; len++)
        (void)both_say(scans, &(struct bytes){len, len, b->at}, len);
    (void)both_say(scans, b, 1);
}

static void every_first_byte(void **state)
{
    struct scans *scans = *state;
    static const unsigned fillings[] = {0x00, 0x01, 0x21, 0x7f, 0x80, 0x81, 0x90, 0x91, 0xa0, 0xa1, 0xc0, 0xc3, 0xff};
    for (unsigned kind = 0; kind < 256; kind++)
        for (size_t i = 0; i < sizeof fillings / sizeof fillings[0]; i++)
            for (unsigned in_map = 0; in_map < 3; in_map++) {
                struct bytes b = {0};
                if (in_map > 0)
                    put(&b, in_map == 1 ? "\x82\xa1k" : "\x82", in_map == 1 ? 3 : 1); /* as a value, as a key */
                put_byte(&b, kind);
                put_filling(&b, fillings[i], 70);
                cut_everywhere(scans, &b);
                free(b.at);
            }
}

static void number(struct scans *scans, unsigned kind, uint64_t bits, unsigned size, bool taken)
{
    for (unsigned in_array = 0; in_array < 2; in_array++) {
        struct bytes b = {0};
        if (in_array)
            put_byte(&b, 0x93), put_byte(&b, 0x01);
        put_head(&b, kind, bits, size);
        if (in_array)
            put_head(&b, kind, bits, size);
        expect(scans, &b, taken ? CC_SCAN_DONE : CC_SCAN_FAILED);
        cut_everywhere(scans, &b);
        free(b.at);
    }
}

static void numbers_of_every_format(void **state)
{
    struct scans *scans = *state;
    static const uint64_t patterns[] = {0,
                                        1,
                                        0x7f,
                                        0x80,
                                        0xff,
                                        0x7fff,
                                        0x8000,
                                        0xffff,
                                        0x7fffffff,
                                        0x80000000,
                                        0xffffffff,
                                        INT64_MAX,
                                        (uint64_t)INT64_MAX + 1,
                                        UINT64_MAX,
                                        1234567890123,
                                        0x3ff0000000000000};
    for (unsigned kind = 0xcc; kind <= 0xd3; kind++)
        for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
            number(scans, kind, patterns[i], 1u << (kind % 4), true);
    static const uint64_t reals[] = {
        0, 1, 0x8000000000000000, 0x3ff8000000000000, 0x7fefffffffffffff, 0x000fffffffffffff};
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
        number(scans, 0xcb, reals[i], 8, true);
    static const uint64_t not_finite[] = {0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000,
                                          0x7ff0000000000001};
    for (size_t i = 0; i < sizeof not_finite / sizeof not_finite[0]; i++)
        number(scans, 0xcb, not_finite[i], 8, false);
    number(scans, 0xca, 0x3fc00000, 4, true);
    number(scans, 0xca, 0x00000001, 4, true);
    number(scans, 0xca, 0x7f800000, 4, false);
    number(scans, 0xca, 0xffc00000, 4, false);
}

static void nesting(void **state)
{
    struct scans *scans = *state;
    static const struct {
        unsigned kind, size; /* of a container of one */
        bool map;
    } heads[] = {{0x91, 0, false}, {0xdc, 2, false}, {0xdd, 4, false},
                 {0x81, 0, true},  {0xde, 2, true},  {0xdf, 4, true}};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        for (unsigned depth = CC_DEPTH_MAX - 2; depth <= CC_DEPTH_MAX + 2; depth++)
            for (unsigned inner = 0; inner < 2; inner++) { /* a number, an empty array */
                struct bytes b = {0};
                for (unsigned level = 0; level < depth; level++) {
                    put_head(&b, heads[i].kind, 1, heads[i].size);
                    if (heads[i].map)
                        put(&b, "\xa1k", 2);
                }
                put_byte(&b, inner ? 0x90 : 0x05);
                expect(scans, &b, depth + inner <= CC_DEPTH_MAX ? CC_SCAN_DONE : CC_SCAN_FAILED);
                cut_everywhere(scans, &b);
                free(b.at);
            }
}

static void container_of(struct scans *scans, unsigned kind, uint64_t count, bool map, bool filled,
                         enum cc_scan_status expected)
{
    struct bytes b = {0};
    put_head(&b, kind, count, kind % 2 == 0 ? 2 : 4);
    for (uint64_t i = 0; filled && i < count; i++)
        put(&b, map ? "\xa1k\x01" : "\x01", map ? 3 : 1);
    expect(scans, &b, expected);
    (void)both_say(scans, &b, 1000);
    free(b.at);
}

static void lengths_at_their_bounds(void **state)
{
    struct scans *scans = *state;
    container_of(scans, 0xdd, CC_ROWS_MAX, false, true, CC_SCAN_DONE);
    container_of(scans, 0xdd, CC_ROWS_MAX + 1, false, true, CC_SCAN_FAILED);
    container_of(scans, 0xdd, UINT32_MAX, false, false, CC_SCAN_FAILED);
    container_of(scans, 0xdd, CC_ROWS_MAX, false, false, CC_SCAN_MORE);
    container_of(scans, 0xdc, 65535, false, true, CC_SCAN_DONE);
    container_of(scans, 0xde, CC_PAIRS_MAX, true, true, CC_SCAN_DONE);
    container_of(scans, 0xde, CC_PAIRS_MAX + 1, true, true, CC_SCAN_FAILED);
    container_of(scans, 0xdf, UINT32_MAX, true, false, CC_SCAN_FAILED);
    container_of(scans, 0xdf, CC_PAIRS_MAX, true, false, CC_SCAN_MORE);
}

/* A text, as a value or as a key with a value behind it. */
static void text_of(struct scans *scans, unsigned kind, unsigned size, size_t len, bool key,
                    enum cc_scan_status expected)
{
    struct bytes b = {0};
    if (key)
        put_byte(&b, 0x81);
    put_head(&b, kind, len, size);
    put_filling(&b, 'x', len);
    if (key)
        put_byte(&b, 0x01);
    expect(scans, &b, expected);
    (void)both_say(scans, &b, 4096);
    free(b.at);
}

static void texts_and_keys(void **state)
{
    struct scans *scans = *state;
    static const size_t lengths[] = {0, 1, 31, 32, 254, 255};
    for (unsigned key = 0; key < 2; key++)
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
            for (unsigned kind = 0xd9; kind <= 0xdb; kind++)
                text_of(scans, kind, 1u << (kind - 0xd9), lengths[i], key, CC_SCAN_DONE);
    text_of(scans, 0xda, 2, CC_KEY_BYTES_MAX + 1, true, CC_SCAN_FAILED);
    text_of(scans, 0xda, 2, CC_KEY_BYTES_MAX + 1, false, CC_SCAN_DONE);
    text_of(scans, 0xdb, 4, CC_TEXT_BYTES_MAX, false, CC_SCAN_DONE);
    text_of(scans, 0xdb, 4, CC_TEXT_BYTES_MAX + 1, false, CC_SCAN_FAILED);
    static const struct {
        const char *bytes;
        size_t len;
        enum cc_scan_status expected;
    } cases[] = {
        {"\xdb\xff\xff\xff\xff.", 6, CC_SCAN_MORE},
        {"\xa2\xc3\xb6", 3, CC_SCAN_DONE},
        {"\xa2\xc3.", 3, CC_SCAN_FAILED},
        {"\x81\xa2\xc3\xb6\x01", 5, CC_SCAN_DONE},
        {"\x81\xa9\xff.......\xff\x01........................................", 52, CC_SCAN_FAILED},
        {"\x81\xa8.......\xff\x01........................................", 51, CC_SCAN_FAILED},
        {"\x81\x01\x01", 3, CC_SCAN_FAILED},
        {"\x81\xc0\xa1x", 4, CC_SCAN_FAILED},
        {"\x81\xa6schema\xae"
         "chiplet-cloud/",
         23, CC_SCAN_FAILED},
        {"\x81\xa6schema\xd9\x0e"
         "chiplet-cloud/",
         24, CC_SCAN_FAILED},
        {"\x81\xd9\x06schema\xae"
         "chiplet-cloud/",
         24, CC_SCAN_FAILED},
        {"\x81\xa6schema\xad"
         "chiplet-cloud",
         22, CC_SCAN_DONE},
        {"\x92\xa6schema\xae"
         "chiplet-cloud/",
         23, CC_SCAN_DONE},
        {"\x81\xa6schemb\xae"
         "chiplet-cloud/",
         23, CC_SCAN_DONE},
        {"\x81\xa6schema\x91\xae"
         "chiplet-cloud/",
         24, CC_SCAN_DONE},
        {"\xc4\x01x", 3, CC_SCAN_FAILED},
        {"\xd4\x01x", 3, CC_SCAN_FAILED},
        {"\xc1", 1, CC_SCAN_FAILED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes b = {0};
        put(&b, cases[i].bytes, cases[i].len);
        expect(scans, &b, cases[i].expected);
        cut_everywhere(scans, &b);
        free(b.at);
    }
}

static void values_of_a_record_at_their_bound(void **state)
{
    struct scans *scans = *state;
    enum { ARRAYS = 11 };
    for (unsigned more = 0; more < 2; more++) {
        struct bytes b = {0};
        size_t left = CC_RECORD_VALUES_MAX - 1 - ARRAYS + more; /* beside the arrays */
        put_byte(&b, 0x90 + ARRAYS);
        for (unsigned i = 0; i < ARRAYS; i++) {
            const size_t count = left < CC_ROWS_MAX ? left : CC_ROWS_MAX;
            put_head(&b, 0xdd, count, 4);
            put_filling(&b, 0x07, count);
            left -= count;
        }
        assert_int_equal(left, 0);
        expect(scans, &b, more ? CC_SCAN_FAILED : CC_SCAN_DONE);
        (void)both_say(scans, &b, 100000);
        free(b.at);
    }
}

static unsigned below(uint64_t *seed, unsigned limit)
{
    return (unsigned)random_between(seed, 0, limit);
}

static void put_random_text(struct bytes *b, uint64_t *seed)
{
    static const char *const known[] = {"schema", "chiplet-cloud/x", "gr\xc3\xb6\xc3\x9f", "batch", ""};
    const char *text = known[below(seed, sizeof known / sizeof known[0])];
    const unsigned format = below(seed, 4);
    put_head(b, format == 0 ? 0xa0 + (unsigned)strlen(text) : 0xd8 + format, strlen(text),
             format == 0 ? 0 : 1u << (format - 1));
    put(b, text, strlen(text));
}

/* A random object: every format, not always the shortest. */
static void put_random(struct bytes *b, uint64_t *seed, unsigned depth)
{
    const unsigned what = below(seed, depth < 5 ? 8 : 5);
    if (what < 5) {
        const unsigned kind = 0xca + below(seed, 10);
        const uint64_t bits = (uint64_t)random_between(seed, 0, 9e15) << below(seed, 10);
        if (what == 0)
            put_random_text(b, seed);
        else if (what == 1)
            put_byte(b, below(seed, 2) ? below(seed, 128) : 0xe0 + below(seed, 32));
        else if (what == 2)
            put_byte(b, below(seed, 2) ? 0xc0 : 0xc2 + below(seed, 2));
        else
            put_head(b, kind, bits, kind == 0xca ? 4 : kind == 0xcb ? 8 : 1u << (kind % 4));
        return;
    }
    const bool map = what == 5;
    const unsigned count = below(seed, 12), format = below(seed, 3);
    put_head(b, format == 0 ? (map ? 0x80 : 0x90) + count : (map ? 0xdd : 0xdb) + format, count,
             format == 0 ? 0 : 2 * format);
    for (unsigned i = 0; i < count; i++) {
        if (map)
            put_random_text(b, seed);
        put_random(b, seed, depth + 1);
    }
}

static void random_objects_whole_and_damaged(void **state)
{
    struct scans *scans = *state;
    uint64_t seed = 19;
    unsigned said[3] = {0};
    for (unsigned i = 0; i < 20000; i++) {
        struct bytes b = {0};
        put_random(&b, &seed, 0);
        said[both_say(scans, &b, b.len)]++;
        (void)both_say(scans, &b, 1 + below(&seed, 40));
        for (unsigned flips = 0; flips < 4; flips++) {
            const unsigned at = below(&seed, (unsigned)b.len);
            b.at[at] = (uint8_t)(b.at[at] ^ (1u << below(&seed, 8)));
            said[both_say(scans, &b, b.len)]++;
            (void)both_say(scans, &b, 1 + below(&seed, 40));
        }
        free(b.at);
    }
    for (int status = 0; status < 3; status++)
        assert_true(said[status] > 1000);
}

static int open_both(void **state)
{
    static struct scans scans;
    *state = &scans;
    return scans_open(&scans) ? 0 : -1;
}

static int close_both(void **state)
{
    scans_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_first_byte),
        cmocka_unit_test(numbers_of_every_format),
        cmocka_unit_test(nesting),
        cmocka_unit_test(lengths_at_their_bounds),
        cmocka_unit_test(texts_and_keys),
        cmocka_unit_test(values_of_a_record_at_their_bound),
        cmocka_unit_test(random_objects_whole_and_damaged),
    };
    return cmocka_run_group_tests(tests, open_both, close_both);
}
