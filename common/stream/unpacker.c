#include "stream/unpacker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <msgpack.h>
#include <msgpack/unpack_define.h>

#include "record/bounds.h"
#include "record/records.h"

/* State of the callbacks of msgpack-c's unpacker. */
struct scan_user {
    struct cc_tape *tape;
    const char *bytes;
    struct cc_error *error;
};

static int refuse(struct scan_user *user, const char *why)
{
    cc_fail(user->error, CC_BAD_DATA, "%s", why);
    return -1;
}

static int refuse_above(struct scan_user *user, const char *what, unsigned int count, int most)
{
    cc_fail(user->error, CC_BAD_DATA, "%s %u; the limit is %d", what, count, most);
    return -1;
}

static inline int push(struct scan_user *user, struct cc_item item, size_t *index)
{
    struct cc_tape *tape = user->tape;
    if (tape->count == tape->size && !cc_tape_grow(tape, user->error))
        return -1;
    *index = tape->count;
    tape->items[tape->count++] = item;
    return 0;
}

static int push_int(struct scan_user *user, int64_t value, size_t *index)
{
    return push(user, (struct cc_item){.type = CC_ITEM_INT, .as.i = value}, index);
}

/* The callbacks. The object they hand around is an index into the tape. */
static size_t scan_callback_root(struct scan_user *user)
{
    (void)user;
    return 0;
}

static int scan_callback_uint8(struct scan_user *user, uint8_t value, size_t *index)
{
    return push_int(user, value, index);
}

static int scan_callback_uint16(struct scan_user *user, uint16_t value, size_t *index)
{
    return push_int(user, value, index);
}

static int scan_callback_uint32(struct scan_user *user, uint32_t value, size_t *index)
{
    return push_int(user, value, index);
}

static int scan_callback_uint64(struct scan_user *user, uint64_t value, size_t *index)
{
    if (value <= INT64_MAX)
        return push_int(user, (int64_t)value, index);
    return push(user, (struct cc_item){.type = CC_ITEM_UINT, .as.u = value}, index);
}

static int scan_callback_int8(struct scan_user *user, int8_t value, size_t *index)
{
    return push_int(user, value, index);
}

static int scan_callback_int16(struct scan_user *user, int16_t value, size_t *index)
{
    return push_int(user, value, index);
}

static int scan_callback_int32(struct scan_user *user, int32_t value, size_t *index)
{
    return push_int(user, value, index);
}

static int scan_callback_int64(struct scan_user *user, int64_t value, size_t *index)
{
    return push_int(user, value, index);
}

static int scan_callback_double(struct scan_user *user, double value, size_t *index)
{
    if (!isfinite(value))
        return refuse(user, "a number is NaN or infinite, expected a finite one");
    return push(user, (struct cc_item){.type = CC_ITEM_REAL, .as.real = value}, index);
}

static int scan_callback_float(struct scan_user *user, float value, size_t *index)
{
    return scan_callback_double(user, (double)value, index);
}

static int scan_callback_nil(struct scan_user *user, size_t *index)
{
    return push(user, (struct cc_item){.type = CC_ITEM_NIL}, index);
}

static int scan_callback_true(struct scan_user *user, size_t *index)
{
    return push(user, (struct cc_item){.type = CC_ITEM_BOOL, .as.truth = true}, index);
}

static int scan_callback_false(struct scan_user *user, size_t *index)
{
    return push(user, (struct cc_item){.type = CC_ITEM_BOOL, .as.truth = false}, index);
}

static int scan_callback_array(struct scan_user *user, unsigned int count, size_t *index)
{
    if (count > CC_ROWS_MAX)
        return refuse_above(user, "values of an array:", count, CC_ROWS_MAX);
    return push(user, (struct cc_item){.type = CC_ITEM_ARRAY, .count = count, .as.extent = 1}, index);
}

static int scan_callback_map(struct scan_user *user, unsigned int count, size_t *index)
{
    if (count > CC_PAIRS_MAX)
        return refuse_above(user, "entries of a map:", count, CC_PAIRS_MAX);
    return push(user, (struct cc_item){.type = CC_ITEM_MAP, .count = count, .as.extent = 1}, index);
}

static int scan_callback_str(struct scan_user *user, const char *base, const char *at, unsigned int len, size_t *index)
{
    (void)base;
    if (len > CC_TEXT_BYTES_MAX)
        return refuse_above(user, "bytes of a text:", len, CC_TEXT_BYTES_MAX);
    if (len > 0 && !cc_text_is_utf8(at, len))
        return refuse(user, "a text is not UTF-8");
    const size_t offset = len > 0 ? (size_t)(at - user->bytes) : 0;
    return push(user, (struct cc_item){.type = CC_ITEM_TEXT, .count = len, .as.offset = offset}, index);
}

static int scan_callback_bin(struct scan_user *user, const char *base, const char *at, unsigned int len, size_t *index)
{
    (void)base, (void)at, (void)len, (void)index;
    return refuse(user, "a value is binary; records hold maps, arrays, text and numbers");
}

static int scan_callback_ext(struct scan_user *user, const char *base, const char *at, unsigned int len, size_t *index)
{
    (void)base, (void)at, (void)len, (void)index;
    return refuse(user, "a value is a msgpack extension; records hold maps, arrays, text and numbers");
}

/* Called when an element is complete: whatever the tape has grown to belongs to the container. */
static int close_element(struct scan_user *user, size_t container)
{
    user->tape->items[container].as.extent = user->tape->count - container;
    return 0;
}

static int scan_callback_array_item(struct scan_user *user, size_t *container, size_t element)
{
    (void)element;
    return close_element(user, *container);
}

/* Whether a map inside the record starts as a record does. */
static bool looks_like_a_record(const struct scan_user *user, size_t key, size_t value)
{
    static const char schema[] = "schema";
    const struct cc_item *k = &user->tape->items[key], *v = &user->tape->items[value];
    if (k->count != sizeof schema - 1 || memcmp(user->bytes + k->as.offset, schema, sizeof schema - 1) != 0)
        return false;
    const struct cc_text text = {v->count > 0 ? user->bytes + v->as.offset : "", v->count};
    return v->type == CC_ITEM_TEXT && cc_text_starts(text, CC_SCHEMA_PREFIX);
}

/* Takes a pair off again, so that the tape ends in its map, which is what is refused. */
static struct scan_user *drop_pair(struct scan_user *user, size_t key)
{
    user->tape->count = key;
    return user;
}

static int scan_callback_map_item(struct scan_user *user, size_t *container, size_t key, size_t value)
{
    if (user->tape->items[key].type != CC_ITEM_TEXT)
        return refuse(drop_pair(user, key), "the key of a map is not text");
    if (user->tape->items[key].count > CC_KEY_BYTES_MAX) {
        const uint32_t count = user->tape->items[key].count;
        return refuse_above(drop_pair(user, key), "bytes of a key:", count, CC_KEY_BYTES_MAX);
    }
    if (looks_like_a_record(user, key, value))
        return refuse(drop_pair(user, key),
                      "a map inside the record looks like a record itself (key schema, value chiplet-cloud/...)");
    return close_element(user, *container);
}

#define msgpack_unpack_struct(name) struct scan##name
#define msgpack_unpack_func(ret, name) static ret scan##name
#define msgpack_unpack_callback(name) scan_callback##name
#define msgpack_unpack_object size_t
#define msgpack_unpack_user struct scan_user
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#endif
#include <msgpack/unpack_template.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

_Static_assert(MSGPACK_EMBED_STACK_SIZE == CC_DEPTH_MAX, "msgpack-c's unpacker nests as deep as a record may");

struct cc_unpacker {
    struct scan_context context;
};

struct cc_unpacker *cc_unpacker_new(void)
{
    return calloc(1, sizeof(struct cc_unpacker));
}

void cc_unpacker_free(struct cc_unpacker *unpacker)
{
    free(unpacker);
}

void cc_unpacker_start(struct cc_unpacker *unpacker, struct cc_tape *tape)
{
    unpacker->context.user.tape = tape;
    scan_init(&unpacker->context);
}

enum cc_scan_status cc_unpacker_go(struct cc_unpacker *unpacker, const char *bytes, size_t len, size_t *offset,
                                   struct cc_error *error)
{
    unpacker->context.user.bytes = bytes;
    unpacker->context.user.error = error;
    error->kind = CC_OK;
    if (*offset >= len)
        return CC_SCAN_MORE;
    const int status = scan_execute(&unpacker->context, bytes, len, offset);
    if (status > 0)
        return CC_SCAN_DONE;
    if (status == 0)
        return CC_SCAN_MORE;
    if (status == MSGPACK_UNPACK_NOMEM_ERROR && error->kind == CC_OK)
        cc_fail(error, CC_BAD_DATA, "maps and arrays are nested more than %d deep", CC_DEPTH_MAX);
    else if (error->kind == CC_OK)
        cc_fail(error, CC_BAD_DATA, "the bytes are not msgpack");
    return CC_SCAN_FAILED;
}
