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
};

struct json_packer {
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    yajl_handle handle;
    struct open_container open[DEPTH_MAX];
    size_t depth;
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
        cc_fail(p->error, CC_BAD_DATA, "the record becomes larger than %d MiB", CC_RECORD_BYTES_MAX >> 20);
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
            return fail_number(p, text, len, "is beyond what a double holds");
        return counted(p, msgpack_pack_double(&p->packer, real));
    }
    errno = 0;
    if (copy[0] == '-') {
        const intmax_t whole = strtoimax(copy, &end, 10);
        if (errno != 0)
            return fail_number(p, text, len, "is below the integers of 64 bits");
        return counted(p, msgpack_pack_int64(&p->packer, whole));
    }
    const uintmax_t whole = strtoumax(copy, &end, 10);
    if (errno != 0)
        return fail_number(p, text, len, "is above the integers of 64 bits");
    return counted(p, msgpack_pack_uint64(&p->packer, whole));
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
    struct json_packer *p = context;
    return counted(p, msgpack_pack_str_with_body(&p->packer, text, len));
}

static int on_open(void *context)
{
    struct json_packer *p = context;
    if (p->depth == DEPTH_MAX) {
        cc_fail(p->error, CC_BAD_DATA, "objects and arrays are nested more than %d deep", DEPTH_MAX);
        return 0;
    }
    p->unclaimed = 0;
    p->open[p->depth++] = (struct open_container){p->buffer.size, 0};
    return 1;
}

/* Puts the header in front of the contents, now that their number is known. */
static int close_container(struct json_packer *p, bool map)
{
    const struct open_container *open = &p->open[--p->depth];
    const size_t end = p->buffer.size;
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
    .yajl_map_key = on_string,
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
    p->depth = p->fed = p->unclaimed = 0;
    msgpack_sbuffer_clear(&p->buffer);
    return p->handle != NULL || cc_fail_memory(error);
}

/* A failure that a callback has not explained is yajl's own. */
static bool explain(struct json_packer *p, yajl_status status, struct cc_text json, struct cc_error *error)
{
    if (status == yajl_status_ok || error->kind != CC_OK)
        return error->kind == CC_OK;
    unsigned char *why = yajl_get_error(p->handle, 0, (const unsigned char *)json.s, json.len);
    const size_t len = strcspn((const char *)why, "\n");
    cc_fail(error, CC_BAD_DATA, "byte %zu: not JSON: %.*s", p->fed + yajl_get_bytes_consumed(p->handle), (int)len, why);
    yajl_free_error(p->handle, why);
    return false;
}

bool json_packer_feed(struct json_packer *p, struct cc_text json, struct cc_error *error)
{
    p->error = error;
    error->kind = CC_OK;
    p->unclaimed += json.len;
    if (!explain(p, yajl_parse(p->handle, (const unsigned char *)json.s, json.len), json, error))
        return false;
    p->fed += json.len;
    if (p->unclaimed > TOKEN_MAX)
        return cc_fail(error, CC_BAD_DATA, "byte %zu: a text goes on for more than %d MiB", p->fed, TOKEN_MAX >> 20);
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
