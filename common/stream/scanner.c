#include "stream/scanner.h"

#include <stdlib.h>
#include <string.h>

#include "record/bounds.h"
#include "record/records.h"
#include "stream/load.h"

/* A container whose contents are not complete. */
struct open {
    size_t item;   /* on the tape */
    uint32_t left; /* items to come: of a map, keys and values, so a key comes next when it is even */
    bool map;
};

struct cc_scanner {
    struct cc_tape *tape;
    const char *bytes; /* of this call */
    size_t first_item; /* of the object */
    size_t first_byte; /* known once `begun` */
    bool begun, fell_back;
    size_t depth;
    struct open open[CC_DEPTH_MAX];
    struct cc_unpacker *unpacker;
};

struct cc_scanner *cc_scanner_new(void)
{
    struct cc_scanner *scanner = calloc(1, sizeof *scanner);
    if (scanner == NULL)
        return NULL;
    scanner->unpacker = cc_unpacker_new();
    if (scanner->unpacker != NULL)
        return scanner;
    free(scanner);
    return NULL;
}

void cc_scanner_free(struct cc_scanner *scanner)
{
    if (scanner == NULL)
        return;
    cc_unpacker_free(scanner->unpacker);
    free(scanner);
}

void cc_scanner_start(struct cc_scanner *scanner, struct cc_tape *tape)
{
    scanner->tape = tape;
    scanner->first_item = tape->count;
    scanner->begun = scanner->fell_back = false;
    scanner->depth = 0;
}

/* Kind of a first byte: a whole item; the beginning of one; or bytes left to msgpack-c, good or bad. */
enum step { ITEM, CUT, OTHER };

static inline struct cc_item integer(int64_t value)
{
    return (struct cc_item){.type = CC_ITEM_INT, .as.i = value};
}

/* Numbers by their first byte, 0xca .. 0xd3: their size behind it. */
static const unsigned char number_size[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8};

static inline enum step take_number(cc_byte **at, cc_byte *end, struct cc_item *item)
{
    const unsigned char kind = **at;
    const size_t size = number_size[kind - 0xca];
    if ((size_t)(end - *at) <= size)
        return CUT;
    const uint64_t bits = cc_load_sized(*at + 1, size);
    if (kind == 0xca) {
        const uint32_t half = (uint32_t)bits;
        float value;
        memcpy(&value, &half, sizeof value);
        *item = (struct cc_item){.type = CC_ITEM_REAL, .as.real = (double)value};
    } else if (kind == 0xcb) {
        *item = (struct cc_item){.type = CC_ITEM_REAL, .as.real = cc_load_real(*at + 1)};
    } else if (kind < 0xd0) {
        *item = integer((int64_t)bits);
        if (bits > INT64_MAX)
            *item = (struct cc_item){.type = CC_ITEM_UINT, .as.u = bits};
    } else {
        const unsigned unused = 64 - 8 * (unsigned)size; /* bits in front of the sign */
        *item = integer((int64_t)(bits << unused) >> unused);
    }
    if (item->type == CC_ITEM_REAL && !cc_is_finite(item->as.real))
        return OTHER;
    *at += 1 + size;
    return ITEM;
}

static inline struct open *top_of(struct cc_scanner *s)
{
    return s->depth > 0 ? &s->open[s->depth - 1] : NULL;
}

static inline bool key_comes_next(struct cc_scanner *s)
{
    const struct open *top = top_of(s);
    return top != NULL && top->map && top->left % 2 == 0;
}

/* Whether a text is the value of a key `schema`, which is the last item, and starts as that of a record does. */
static inline bool looks_like_a_record(struct cc_scanner *s, struct cc_text text)
{
    const struct open *top = top_of(s);
    if (top == NULL || !top->map || !cc_text_starts(text, CC_SCHEMA_PREFIX))
        return false;
    const struct cc_item *key = &s->tape->items[s->tape->count - 1];
    return cc_text_is((struct cc_text){s->bytes + key->as.offset, key->count}, "schema");
}

static inline enum step take_text(struct cc_scanner *s, cc_byte **at, cc_byte *end, struct cc_item *item)
{
    const unsigned char kind = **at;
    const size_t size = kind < 0xc0 ? 0 : kind == 0xd9 ? 1 : kind == 0xda ? 2 : 4; /* of the length */
    const size_t left = (size_t)(end - *at) - 1;
    if (left < size)
        return CUT;
    const size_t len = kind < 0xc0 ? kind & 0x1f : cc_load_sized(*at + 1, size);
    const bool key = key_comes_next(s);
    if (len > (key ? CC_KEY_BYTES_MAX : CC_TEXT_BYTES_MAX))
        return OTHER;
    if (left - size < len)
        return CUT;
    const char *text = (const char *)*at + 1 + size;
    if (!cc_text_is_utf8(text, len) || (!key && looks_like_a_record(s, (struct cc_text){text, len})))
        return OTHER;
    const size_t offset = len > 0 ? (size_t)(text - s->bytes) : 0;
    *item = (struct cc_item){.type = CC_ITEM_TEXT, .count = (uint32_t)len, .as.offset = offset};
    *at += 1 + size + len;
    return ITEM;
}

/* A container's head. Its contents come next. */
static inline enum step take_container(struct cc_scanner *s, cc_byte **at, cc_byte *end, struct cc_item *item)
{
    const unsigned char kind = **at;
    const bool map = kind < 0x90 || kind >= 0xde;
    const size_t size = kind < 0xc0 ? 0 : kind % 2 == 0 ? 2 : 4; /* of the count */
    if ((size_t)(end - *at) <= size)
        return CUT;
    const uint32_t count = kind < 0xc0 ? kind & 0x0f : (uint32_t)cc_load_sized(*at + 1, size);
    if (s->depth == CC_DEPTH_MAX || count > (map ? CC_PAIRS_MAX : CC_ROWS_MAX))
        return OTHER;
    *item = (struct cc_item){.type = map ? CC_ITEM_MAP : CC_ITEM_ARRAY, .count = count, .as.extent = 1};
    s->open[s->depth++] = (struct open){s->tape->count, map ? 2 * count : count, map};
    *at += 1 + size;
    return ITEM;
}

static inline enum step take_constant(cc_byte **at, struct cc_item *item)
{
    const bool nil = **at == 0xc0;
    *item = (struct cc_item){.type = nil ? CC_ITEM_NIL : CC_ITEM_BOOL, .as.truth = **at == 0xc3};
    *at += 1;
    return ITEM;
}

static inline enum step take_item(struct cc_scanner *s, cc_byte **at, cc_byte *end, struct cc_item *item)
{
    const unsigned char kind = **at;
    if ((kind >= 0xa0 && kind < 0xc0) || (kind >= 0xd9 && kind <= 0xdb))
        return take_text(s, at, end, item);
    if (key_comes_next(s))
        return OTHER;
    if (kind < 0x80 || kind >= 0xe0) {
        *item = integer(kind < 0x80 ? kind : kind - 0x100);
        *at += 1;
        return ITEM;
    }
    if (kind >= 0xca && kind <= 0xd3)
        return take_number(at, end, item);
    if (kind < 0xa0 || kind >= 0xdc)
        return take_container(s, at, end, item);
    if (kind == 0xc0 || kind == 0xc2 || kind == 0xc3)
        return take_constant(at, item);
    return OTHER;
}

/* The most common items are taken without a look at the stack, as long as this many bytes are there: a short key, a
 * number. */
enum { SHORT_KEY_MAX = 31, NUMBER_MAX = 9, PAIR_MAX = 1 + SHORT_KEY_MAX + NUMBER_MAX };

/* A double or a small unsigned integer; false when something else comes. NUMBER_MAX bytes are there. */
static inline bool take_common_number(cc_byte **at, struct cc_item *item)
{
    const unsigned char kind = **at;
    if (kind == 0xcb) {
        const double value = cc_load_real(*at + 1);
        *item = (struct cc_item){.type = CC_ITEM_REAL, .as.real = value};
        *at += 9;
        return cc_is_finite(value);
    }
    if (kind < 0x80) {
        *item = integer(kind);
        *at += 1;
        return true;
    }
    if (kind == 0xcc) {
        *item = integer((*at)[1]);
        *at += 2;
        return true;
    }
    *item = integer((int64_t)cc_load_16(*at + 1));
    *at += 3;
    return kind == 0xcd;
}

/* Whether the first `len` bytes of SHORT_KEY_MAX that are there, and one more, are ASCII. */
static inline bool is_ascii(cc_byte *text, size_t len)
{
    enum { WORDS = (SHORT_KEY_MAX + 1) / 8, ALL = 8 * WORDS };
    static const unsigned char above_ascii[2 * ALL] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                                       0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                                       0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
    uint64_t words[WORDS], mask[WORDS], above = 0;
    memcpy(words, text, sizeof words);
    memcpy(mask, above_ascii + ALL - len, sizeof mask);
    for (size_t i = 0; i < WORDS; i++)
        above |= words[i] & mask[i];
    return above == 0;
}

static inline size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Doubles that follow each other, of `most` items. */
static inline struct cc_item *take_doubles(cc_byte **at, cc_byte *end, struct cc_item *item, const struct cc_item *last)
{
    cc_byte *next = *at;
    for (; item < last && end - next >= NUMBER_MAX && *next == 0xcb; item++, next += NUMBER_MAX) {
        const double value = cc_load_real(next + 1);
        if (!cc_is_finite(value))
            break;
        *item = (struct cc_item){.type = CC_ITEM_REAL, .as.real = value};
    }
    *at = next;
    return item;
}

static inline struct cc_item *take_elements(cc_byte **at, cc_byte *end, struct cc_item *item,
                                            const struct cc_item *last)
{
    cc_byte *next = *at;
    item = take_doubles(&next, end, item, last);
    for (*at = next; item < last && end - next >= NUMBER_MAX && take_common_number(&next, item); item++)
        *at = next;
    return item;
}

static inline struct cc_item *take_pairs(cc_byte **at, cc_byte *end, struct cc_item *item, const struct cc_item *last,
                                         const char *bytes)
{
    cc_byte *next = *at;
    for (; last - item >= 2 && end - next >= PAIR_MAX && (*next & 0xe0) == 0xa0; item += 2) {
        cc_byte *const key = next + 1;
        const size_t len = *next & 0x1f;
        cc_byte *value = key + len;
        if (!is_ascii(key, len) || !take_common_number(&value, item + 1))
            break;
        const size_t offset = len > 0 ? (size_t)((const char *)key - bytes) : 0;
        *item = (struct cc_item){.type = CC_ITEM_TEXT, .count = (uint32_t)len, .as.offset = offset};
        next = value;
    }
    *at = next;
    return item;
}

/* Elements of an array, or pairs of a map, that are common: as many as come and the tape has room for. */
static inline cc_byte *take_common(struct cc_scanner *s, struct open *container, cc_byte *at, cc_byte *end)
{
    struct cc_item *const first = s->tape->items + s->tape->count;
    const struct cc_item *last = first + smaller(container->left, s->tape->size - s->tape->count);
    const struct cc_item *item =
        container->map ? take_pairs(&at, end, first, last, s->bytes) : take_elements(&at, end, first, last);
    s->tape->count += (size_t)(item - first);
    container->left -= (uint32_t)(item - first);
    return at;
}

/* Closes the containers that are complete. True when the object is. */
static inline bool close_complete(struct cc_scanner *s)
{
    while (s->depth > 0) {
        const struct open *top = &s->open[s->depth - 1];
        if (top->left > 0)
            return false;
        s->tape->items[top->item].as.extent = s->tape->count - top->item;
        s->depth--;
        if (s->depth > 0)
            s->open[s->depth - 1].left--;
    }
    return true;
}

/* ITEM: the object is complete. *offset is behind what has been taken. */
static enum step scan(struct cc_scanner *s, size_t len, size_t *offset, struct cc_error *error)
{
    cc_byte *const bytes = (cc_byte *)s->bytes, *const end = bytes + len;
    cc_byte *at = bytes + *offset;
    enum step step = CUT;
    while (at < end) {
        struct open *top = top_of(s);
        if (s->tape->count == s->tape->size && !cc_tape_grow(s->tape, error))
            return OTHER;
        struct cc_item *item = &s->tape->items[s->tape->count];
        step = take_item(s, &at, end, item);
        if (step != ITEM)
            break;
        s->tape->count++;
        if (top != NULL && top == top_of(s))
            top->left--;
        top = top_of(s);
        if (top != NULL && !(top->map && top->left % 2 == 1))
            at = take_common(s, top, at, end);
        if (close_complete(s))
            break;
        step = CUT;
    }
    *offset = (size_t)(at - bytes);
    return step;
}

/* An object that is a short text of ASCII, as keys and ids are. False when it is something else. */
static inline bool take_short_text(struct cc_scanner *s, size_t len, size_t *offset)
{
    cc_byte *const at = (cc_byte *)s->bytes + *offset;
    if (len < *offset || len - *offset < PAIR_MAX || (*at & 0xe0) != 0xa0 || s->tape->count == s->tape->size)
        return false;
    const size_t text = *at & 0x1f;
    if (text == 0 || !is_ascii(at + 1, text))
        return false;
    s->tape->items[s->tape->count++] =
        (struct cc_item){.type = CC_ITEM_TEXT, .count = (uint32_t)text, .as.offset = *offset + 1};
    *offset += 1 + text;
    return true;
}

enum cc_scan_status cc_scanner_go(struct cc_scanner *s, const char *bytes, size_t len, size_t *offset,
                                  struct cc_error *error)
{
    s->bytes = bytes;
    if (!s->begun && take_short_text(s, len, offset))
        return CC_SCAN_DONE;
    if (!s->begun)
        s->first_byte = *offset;
    s->begun = true;
    if (!s->fell_back) {
        const enum step step = scan(s, len, offset, error);
        if (step != OTHER)
            return step == ITEM ? CC_SCAN_DONE : CC_SCAN_MORE;
        s->fell_back = true;
        s->tape->count = s->first_item;
        *offset = s->first_byte;
        cc_unpacker_start(s->unpacker, s->tape);
    }
    return cc_unpacker_go(s->unpacker, bytes, len, offset, error);
}
