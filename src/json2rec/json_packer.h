/* json_packer.h: a JSON object, parsed by yajl, as msgpack. */
#ifndef JSON2REC_JSON_PACKER_H
#define JSON2REC_JSON_PACKER_H

#include "base/error.h"
#include "base/text.h"

struct json_packer;

/* NULL when memory has run out. */
struct json_packer *json_packer_new(void);
void json_packer_free(struct json_packer *packer);

/* A value comes in pieces of any size: begin, feed, feed ..., end. After a failure, which says at which byte, comes begin
 * again. end gives the value as msgpack, in bytes that hold until the next call. */
bool json_packer_begin(struct json_packer *packer, struct cc_error *error) CC_MUST_CHECK;
bool json_packer_feed(struct json_packer *packer, struct cc_text json, struct cc_error *error) CC_MUST_CHECK;
bool json_packer_end(struct json_packer *packer, struct cc_text *msgpack, struct cc_error *error) CC_MUST_CHECK;

#endif
