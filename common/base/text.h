/* text.h: a string that is owned elsewhere, with its length. Not NUL-terminated. */
#ifndef CC_BASE_TEXT_H
#define CC_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cc_text {
    const char *s; /* UTF-8; may be NULL when len is 0 */
    size_t len;    /* bytes */
};

/* Two values for printf's "%.*s". */
#define CC_TEXT_ARG(t) (int)((t).len > 200 ? 200 : (t).len), (t).s == NULL ? "" : (t).s

static inline struct cc_text cc_text_of(const char *s)
{
    return (struct cc_text){s, strlen(s)};
}

/* Bits in which eight bytes differ, and four. */
static inline uint64_t cc_difference_64(const char *a, const char *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x ^ y;
}

static inline uint32_t cc_difference_32(const char *a, const char *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x ^ y;
}

/* Whether two names of one length are equal, without a call: words from both ends, which may overlap. */
static inline bool cc_name_equal(const char *a, const char *b, size_t len)
{
    const size_t word = sizeof(uint64_t), half = sizeof(uint32_t);
    if (len > 4 * word)
        return memcmp(a, b, len) == 0;
    if (len < half) {
        size_t i = 0;
        while (i < len && a[i] == b[i])
            i++;
        return i == len;
    }
    if (len < word)
        return (cc_difference_32(a, b) | cc_difference_32(a + len - half, b + len - half)) == 0;
    uint64_t differ = cc_difference_64(a, b) | cc_difference_64(a + len - word, b + len - word);
    if (len > 2 * word)
        differ |= cc_difference_64(a + word, b + word) | cc_difference_64(a + len - 2 * word, b + len - 2 * word);
    return differ == 0;
}

static inline bool cc_text_equal(struct cc_text a, struct cc_text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.s, b.s, a.len) == 0);
}

static inline bool cc_text_is(struct cc_text a, const char *s)
{
    return cc_text_equal(a, cc_text_of(s));
}

static inline bool cc_text_starts(struct cc_text a, const char *prefix)
{
    const size_t n = strlen(prefix);
    return a.len >= n && memcmp(a.s, prefix, n) == 0;
}

/* True when `a` contains `part`, upper and lower case of ASCII letters taken as equal. */
bool cc_text_contains_any_case(struct cc_text a, const char *part);

/* True when the bytes are well-formed UTF-8 (Unicode standard, table 3-7). */
bool cc_text_is_utf8(const char *s, size_t len);

/* True when the bytes are well-formed UTF-8 without control characters: safe to print within a line. */
bool cc_text_is_plain(struct cc_text text);

/* Of the `count` names, the one that was meant by `wanted`, or NULL: the first with the least edit distance, when that is at most 2 and
 * at most a third of the longer one (1 in a short name), or else the first that goes on where `wanted` ends. */
const char *cc_text_nearest(struct cc_text wanted, const char *const *names, size_t count);

#endif
