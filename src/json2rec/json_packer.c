#include "json_packer.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include <msgpack.h>
#include <yajl/yajl_parse.h>

#include "base/number.h"
#include "cli/memory.h"
#include "record/bounds.h"

enum {
    DEPTH_MAX = 1 + CC_DEPTH_MAX,      /* the record and what is in its entries */
    TOKEN_MAX = 8 * CC_TEXT_BYTES_MAX, /* bytes without a value: more than a text takes with every byte escaped */
};

/* An open map or array: where its contents begin, and how many values they are so far. */
struct open_container {
    size_t start;
    uint32_t values;
    size_t first_key; /* of a map */
};

/* A key of an open map: its text in the buffer. */
struct key {
    const char *s; /* set when the map ends and the buffer stands still */
    size_t offset, len;
};

/* Position of the bytes in an escape. What yajl would make of half a surrogate pair is a question mark. */
struct escape {
    enum { NO_ESCAPE, BACKSLASH, HEX_DIGITS } state;
    unsigned int digits, code;
    bool after_high; /* the second half of a pair must follow */
};

struct json_packer {
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    yajl_handle handle;
    struct open_container open[DEPTH_MAX];
    size_t depth;
    struct key *key;
    size_t keys, keys_size;
    struct escape escape;
    size_t fed, unclaimed; /* bytes, of the value and since its last part */
    struct cc_error *error;
};

struct json_packer *json_packer_new(void)
{
    struct json_packer *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    msgpack_sbuffer_init(&p->buffer);
    msgpack_packer_init(&p->packer, &p->buffer, msgpack_sbuffer_write);
    return p;
}

void json_packer_free(struct json_packer *p)
{
    if (p->handle != NULL)
        yajl_free(p->handle);
    msgpack_sbuffer_destroy(&p->buffer);
    free(p->key);
    free(p);
}

/* Callbacks of yajl return 1 to go on and 0 to stop. */
static int counted(struct json_packer *p, int packed)
{
    p->unclaimed = 0;
    if (packed != 0) {
        cc_fail_memory(p->error);
        return 0;
    }
    if (p->buffer.size > CC_RECORD_BYTES_MAX) {
        cc_fail(p->error, CC_BAD_DATA, "the record would be larger than %d MiB", CC_RECORD_BYTES_MAX >> 20);
        return 0;
    }
    if (p->depth > 0)
        p->open[p->depth - 1].values++;
    return 1;
}

static int on_null(void *context)
{
    struct json_packer *p = context;
    return counted(p, msgpack_pack_nil(&p->packer));
}

static int on_boolean(void *context, int value)
{
    struct json_packer *p = context;
    return counted(p, value ? msgpack_pack_true(&p->packer) : msgpack_pack_false(&p->packer));
}

static int fail_number(struct json_packer *p, const char *text, size_t len, const char *why)
{
    cc_fail(p->error, CC_BAD_DATA, "%.*s %s", (int)(len < 60 ? len : 60), text, why);
    return 0;
}

static int on_number(void *context, const char *text, size_t len)
{
    struct json_packer *p = context;
    char copy[512], *end;
    if (len >= sizeof copy)
        return fail_number(p, text, len, "has too many digits");
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (strpbrk(copy, ".eE") != NULL) {
        const double real = strtod(copy, &end);
        if (!isfinite(real))
            return fail_number(p, text, len, "exceeds the range of a double");
        return counted(p, msgpack_pack_double(&p->packer, real));
    }
    errno = 0;
    if (copy[0] == '-') {
        const intmax_t whole = strtoimax(copy, &end, 10);
        if (errno != 0)
            return fail_number(p, text, len, "is below the range of 64-bit integers");
        return counted(p, msgpack_pack_int64(&p->packer, whole));
    }
    const uintmax_t whole = strtoumax(copy, &end, 10);
    if (errno != 0)
        return fail_number(p, text, len, "is above the range of 64-bit integers");
    return counted(p, msgpack_pack_uint64(&p->packer, whole));
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
    struct json_packer *p = context;
    return counted(p, msgpack_pack_str_with_body(&p->packer, text, len));
}

static int on_key(void *context, const unsigned char *text, size_t len)
{
    struct json_packer *p = context;
    if (p->keys - p->open[p->depth - 1].first_key == CC_PAIRS_MAX) {
        cc_fail(p->error, CC_BAD_DATA, "entries of a map: %d; the limit is %d", CC_PAIRS_MAX + 1, CC_PAIRS_MAX);
        return 0;
    }
    if (p->keys == p->keys_size) {
        const size_t size = p->keys_size == 0 ? 64 : p->keys_size * 2;
        struct key *larger = realloc(p->key, size * sizeof *larger);
        if (larger == NULL) {
            cc_fail_memory(p->error);
            return 0;
        }
        p->key = larger;
        p->keys_size = size;
    }
    if (!on_string(p, text, len))
        return 0;
    p->key[p->keys++] = (struct key){NULL, p->buffer.size - len, len};
    return 1;
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->s, y->s, x->len);
}

/* Takes the keys of the innermost map off the list; false when two are the same. */
static bool take_keys(struct json_packer *p, size_t first)
{
    const size_t count = p->keys - first;
    p->keys = first;
    if (count < 2) /* there may be no list yet */
        return true;
    struct key *key = p->key + first;
    for (size_t i = 0; i < count; i++)
        key[i].s = p->buffer.data + key[i].offset;
    qsort(key, count, sizeof *key, compare_keys);
    for (size_t i = 1; i < count; i++)
        if (compare_keys(&key[i - 1], &key[i]) == 0)
            return cc_fail(p->error, CC_BAD_DATA, "duplicate key %.*s",
                           CC_TEXT_ARG(((struct cc_text){key[i].s, key[i].len})));
    return true;
}

static int on_open(void *context)
{
    struct json_packer *p = context;
    if (p->depth == DEPTH_MAX) {
        cc_fail(p->error, CC_BAD_DATA, "objects and arrays are nested more than %d deep", DEPTH_MAX);
        return 0;
    }
    p->unclaimed = 0;
    p->open[p->depth++] = (struct open_container){p->buffer.size, 0, p->keys};
    return 1;
}

/* Puts the header in front of the contents, now that their number is known. */
static int close_container(struct json_packer *p, bool map)
{
    const struct open_container *open = &p->open[--p->depth];
    const size_t end = p->buffer.size;
    if (map && !take_keys(p, open->first_key))
        return 0;
    const int packed =
        map ? msgpack_pack_map(&p->packer, open->values / 2) : msgpack_pack_array(&p->packer, open->values);
    char header[5];
    const size_t header_size = p->buffer.size - end;
    if (packed != 0)
        return counted(p, packed);
    memcpy(header, p->buffer.data + end, header_size);
    memmove(p->buffer.data + open->start + header_size, p->buffer.data + open->start, end - open->start);
    memcpy(p->buffer.data + open->start, header, header_size);
    return counted(p, 0);
}

static int on_map_end(void *context)
{
    return close_container(context, true);
}

static int on_array_end(void *context)
{
    return close_container(context, false);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_open,
    .yajl_map_key = on_key,
    .yajl_end_map = on_map_end,
    .yajl_start_array = on_open,
    .yajl_end_array = on_array_end,
};

bool json_packer_begin(struct json_packer *p, struct cc_error *error)
{
    yajl_alloc_funcs memory = {cc_memory_take, cc_memory_resize, cc_memory_give, (char *)"json2rec"};
    if (p->handle != NULL)
        yajl_free(p->handle);
    p->handle = yajl_alloc(&callbacks, &memory, p);
    p->depth = p->keys = p->fed = p->unclaimed = 0;
    p->escape = (struct escape){.state = NO_ESCAPE};
    msgpack_sbuffer_clear(&p->buffer);
    return p->handle != NULL || cc_fail_memory(error);
}

/* Puts the byte at which it happened before a failure. A failure that a callback has not explained is yajl's own. */
static bool explain(struct json_packer *p, yajl_status status, struct cc_text json, struct cc_error *error)
{
    static const char one_a_line[] = "json2rec reads one object a line (jq -c)";
    const size_t at = p->fed + yajl_get_bytes_consumed(p->handle);
    if (error->kind != CC_OK)
        return cc_fail_at(error, "byte %zu: ", at);
    if (status == yajl_status_ok)
        return true;
    unsigned char *text = yajl_get_error(p->handle, 0, (const unsigned char *)json.s, json.len);
    const char *why = (const char *)text;
    const int len = (int)strcspn(why, "\n");
    if (strstr(why, "premature EOF") != NULL)
        cc_fail(error, CC_BAD_DATA, "byte %zu: the line ends inside an object; %s", p->fed, one_a_line);
    else if (strstr(why, "trailing garbage") != NULL)
        cc_fail(error, CC_BAD_DATA, "byte %zu: the object ends before the line does; %s", at, one_a_line);
    else
        cc_fail(error, CC_BAD_DATA, "byte %zu: not JSON: %.*s", at, len, why);
    yajl_free_error(p->handle, text);
    return false;
}

/* A whole \uXXXX. */
static bool take_code(struct escape *escape)
{
    const bool high = escape->code >= 0xd800 && escape->code < 0xdc00;
    const bool low = escape->code >= 0xdc00 && escape->code < 0xe000;
    const bool good = low == escape->after_high;
    escape->state = NO_ESCAPE;
    escape->after_high = high;
    return good;
}

/* One byte more; false when half of a surrogate pair stands alone. What is no escape at all is left to yajl. */
static bool take_byte(struct escape *escape, char byte)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const bool after_high = escape->after_high;
    if (escape->state == NO_ESCAPE) {
        escape->state = byte == '\\' ? BACKSLASH : NO_ESCAPE;
        return !after_high || byte == '\\';
    }
    if (escape->state == BACKSLASH) {
        escape->state = byte == 'u' ? HEX_DIGITS : NO_ESCAPE;
        escape->digits = escape->code = 0;
        return !after_high || byte == 'u';
    }
    const char *digit = byte == '\0' ? NULL : strchr(digits, byte);
    if (digit == NULL) {
        *escape = (struct escape){.state = NO_ESCAPE};
        return true;
    }
    const unsigned int value = (unsigned int)(digit - digits);
    escape->code = escape->code * 16 + (value < 16 ? value : value - 6);
    return ++escape->digits < 4 || take_code(escape);
}

static bool check_escapes(struct json_packer *p, struct cc_text json, struct cc_error *error)
{
    for (size_t i = 0; i < json.len; i++) {
        if (p->escape.state == NO_ESCAPE && !p->escape.after_high) {
            const char *next = memchr(json.s + i, '\\', json.len - i);
            if (next == NULL)
                return true;
            i = (size_t)(next - json.s);
        }
        if (!take_byte(&p->escape, json.s[i]))
            return cc_fail(
                error, CC_BAD_DATA,
                "byte %zu: half of a surrogate pair: expected \\ud800 to \\udbff and then \\udc00 to \\udfff",
                p->fed + i + 1);
    }
    return true;
}

bool json_packer_feed(struct json_packer *p, struct cc_text json, struct cc_error *error)
{
    p->error = error;
    error->kind = CC_OK;
    p->unclaimed += json.len;
    if (!check_escapes(p, json, error))
        return false;
    if (!explain(p, yajl_parse(p->handle, (const unsigned char *)json.s, json.len), json, error))
        return false;
    p->fed += json.len;
    if (p->unclaimed > TOKEN_MAX)
        return cc_fail(error, CC_BAD_DATA, "byte %zu: a text is longer than %d MiB", p->fed, TOKEN_MAX >> 20);
    return true;
}

bool json_packer_end(struct json_packer *p, struct cc_text *msgpack, struct cc_error *error)
{
    const struct cc_text nothing = {"", 0};
    p->error = error;
    error->kind = CC_OK;
    if (!explain(p, yajl_complete_parse(p->handle), nothing, error))
        return false;
    *msgpack = (struct cc_text){p->buffer.data, p->buffer.size};
    return true;
}
