/* text.h: a string that is owned elsewhere, with its length. Not NUL-terminated. */
#ifndef CC_BASE_TEXT_H
#define CC_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
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

/* Of the `count` names, the one that was meant by `wanted`, or NULL: the first with the least edit distance, when that
 * is at most 2 and at most a third of the longer one (1 in a short name), or else the first that goes on where `wanted`
 * ends. */
const char *cc_text_nearest(struct cc_text wanted, const char *const *names, size_t count);

#endif
