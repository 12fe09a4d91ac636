/* decode.h: entries of a record into structs, by the tables of record/. */
#ifndef CC_STREAM_DECODE_H
#define CC_STREAM_DECODE_H

#include "stream/reader.h"

/* Fills `object` from the entry `key` of the record. Fields that are not there take their defaults; keys that the table
 * does not know are passed over. Texts point into the record. False: the entry or a required field is missing, of the
 * wrong type or out of its range; `error` names it ("chip.area_mm2: -3 is not greater than 0"). */
bool cc_decode_entry(const struct cc_record *record, const char *key, const struct cc_fields *fields, void *object,
                     struct cc_error *error) CC_MUST_CHECK;

#endif
