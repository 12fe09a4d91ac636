#include "base/text.h"

#include <ctype.h>
#include <stdint.h>

bool cc_text_contains_any_case(struct cc_text a, const char *part)
{
    const size_t n = strlen(part);
    for (size_t start = 0; start + n <= a.len; start++) {
        size_t i = 0;
        while (i < n && tolower((unsigned char)a.s[start + i]) == tolower((unsigned char)part[i]))
            i++;
        if (i == n)
            return true;
    }
    return false;
}

/* Bytes that follow the lead byte `c`, or -1 for a byte that cannot lead; the range of the first of them. */
static int utf8_tail(uint8_t c, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (c < 0x80)
        return 0;
    if (c >= 0xc2 && c <= 0xdf)
        return 1;
    if (c >= 0xe0 && c <= 0xef) {
        if (c == 0xe0)
            *low = 0xa0;
        if (c == 0xed)
            *high = 0x9f;
        return 2;
    }
    if (c >= 0xf0 && c <= 0xf4) {
        if (c == 0xf0)
            *low = 0x90;
        if (c == 0xf4)
            *high = 0x8f;
        return 3;
    }
    return -1;
}

bool cc_text_is_utf8(const char *s, size_t len)
{
    const uint64_t above_ascii = 0x8080808080808080u;
    const uint8_t *p = (const uint8_t *)s;
    size_t i = 0;
    while (i < len) {
        uint8_t low, high;
        uint64_t eight;
        if (len - i >= sizeof eight) { /* most text is ASCII: eight bytes at a time */
            memcpy(&eight, p + i, sizeof eight);
            if ((eight & above_ascii) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        if (p[i] < 0x80) {
            i++;
            continue;
        }
        const int tail = utf8_tail(p[i], &low, &high);
        if (tail < 0 || len - i <= (size_t)tail)
            return false;
        for (int k = 1; k <= tail; k++) {
            if (p[i + (size_t)k] < low || p[i + (size_t)k] > high)
                return false;
            low = 0x80;
            high = 0xbf;
        }
        i += (size_t)tail + 1;
    }
    return true;
}

bool cc_text_is_plain(struct cc_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = (uint8_t)text.s[i];
        const uint8_t next = i + 1 < text.len ? (uint8_t)text.s[i + 1] : 0;
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && next < 0xa0)) /* C0, DEL, C1 */
            return false;
    }
    return cc_text_is_utf8(text.s, text.len);
}

enum { NAME_MAX_LEN = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same_letter(struct cc_text a, size_t i, struct cc_text b, size_t j)
{
    return tolower((unsigned char)a.s[i]) == tolower((unsigned char)b.s[j]);
}

/* Edit distance of two names: a letter inserted, deleted or replaced, or two neighbours swapped. Three rows of the
 * table at a time; letters of different case differ by nothing. */
static size_t edit_distance(struct cc_text a, struct cc_text b)
{
    size_t rows[3][NAME_MAX_LEN + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *const oldest = before;
        before = above, above = row, row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const size_t replaced = above[j - 1] + !same_letter(a, i - 1, b, j - 1);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a, i - 1, b, j - 2) && same_letter(a, i - 2, b, j - 1))
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return row[b.len];
}

/* The largest edit distance at which a name is suggested. */
static size_t edits_most(size_t len)
{
    return len < 2 ? 0 : len < 6 ? 1 : 2;
}

static bool goes_on(struct cc_text name, struct cc_text start)
{
    const size_t meaningful = 3;
    if (start.len < meaningful || start.len > name.len)
        return false;
    return edit_distance(start, (struct cc_text){name.s, start.len}) == 0;
}

const char *cc_text_nearest(struct cc_text wanted, const char *const *names, size_t count)
{
    const char *best = NULL, *longer = NULL;
    size_t best_distance = NAME_MAX_LEN;
    if (wanted.len > NAME_MAX_LEN)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct cc_text name = cc_text_of(names[i]);
        if (name.len > NAME_MAX_LEN)
            continue;
        const size_t distance = edit_distance(wanted, name);
        if (distance < best_distance && distance <= edits_most(name.len > wanted.len ? name.len : wanted.len)) {
            best_distance = distance;
            best = names[i];
        }
        if (longer == NULL && goes_on(name, wanted))
            longer = names[i];
    }
    return best != NULL ? best : longer;
}
