/* json_packer.h: a JSON object, parsed by yajl, as msgpack. */
#ifndef JSON2REC_JSON_PACKER_H
#define JSON2REC_JSON_PACKER_H

#include "base/error.h"
#include "base/text.h"

struct json_packer;

/* NULL when memory has run out. */
struct json_packer *json_packer_new(void);
void json_packer_free(struct json_packer *packer);

/* The JSON value of a line as msgpack, in bytes that hold until the next call. False when it is not one JSON value. */
bool json_packer_pack(struct json_packer *packer, struct cc_text json, struct cc_text *msgpack,
                      struct cc_error *error);

#endif
