/* decode.h: entries of a record into structs, by the tables of record/. */
#ifndef CC_STREAM_DECODE_H
#define CC_STREAM_DECODE_H

#include "stream/reader.h"
#include "stream/shape.h"

/* Fills `object` from the entry `key` of the record. Fields that are not there take their defaults; keys that the table
 * does not know are passed over. Texts point into the record. False: the entry or a required field is missing, of the wrong
 * type or out of its range; `error` names it ("chip.area_mm2: -3 is not greater than 0"). */
bool cc_decode_entry(const struct cc_record *record, const char *key, const struct cc_fields *fields, void *object,
                     struct cc_error *error) CC_MUST_CHECK;

/* How an object was made of an entry, so that the next one like it takes less; all 0 at first. */
struct cc_decoded {
    uint64_t since, alike_since; /* of the entry */
    size_t count;                /* of the numbers that fields are; 0: they have to be looked for */
    struct {
        uint32_t item, offset; /* from the entry's value; of the field in the object */
        enum cc_type type;
        enum cc_range range;
    } number[CC_SHAPE_NUMBERS_MAX];
};

/* cc_decode_entry into an object that is kept from record to record, together with `decoded`: nothing is done while the entry
 * repeats the one that the object is from; numbers alone are taken while it differs in them alone. */
bool cc_decode_changed(const struct cc_record *record, const char *key, const struct cc_fields *fields, void *object,
                       struct cc_decoded *decoded, struct cc_error *error) CC_MUST_CHECK;

#endif
