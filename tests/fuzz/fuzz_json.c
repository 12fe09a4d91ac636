/* A line of JSON, as json2rec reads it: what it packs is well-formed, whether or not it is a record. */
#include <stdlib.h>

#include "../../src/json2rec/json_packer.h"
#include "stream/reader.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_packer *packer = json_packer_new();
    struct cc_text packed;
    struct cc_error error;
    if (packer == NULL)
        abort();
    const struct cc_text front = {(const char *)data, size / 2}, back = {(const char *)data + size / 2, size - size / 2};
    if (json_packer_begin(packer, &error) && json_packer_feed(packer, front, &error) &&
        json_packer_feed(packer, back, &error) && json_packer_end(packer, &packed, &error) &&
        cc_record_check(packed, &error) && ((unsigned char)packed.s[0] & 0xf0) != 0x80)
        abort();
    json_packer_free(packer);
    return 0;
}
