/* bounds.h: how large a record may be. Readers refuse larger ones, programs never write them; together the limits keep the
 * memory of any record below 64 MiB. chiplet-cloud-records(5) lists them. */
#ifndef CC_RECORD_BOUNDS_H
#define CC_RECORD_BOUNDS_H

enum {
    CC_ENTRIES_MAX = 15,             /* entries of a record, so that it starts with one byte 0x80 .. 0x8f */
    CC_RECORD_BYTES_MAX = 12 << 20,  /* bytes of a record */
    CC_RECORD_VALUES_MAX = 1 << 20,  /* values in a record: keys, maps and arrays count as well */
    CC_DEPTH_MAX = 32,               /* maps and arrays in each other, in an entry */
    CC_PAIRS_MAX = 4096,             /* pairs of an inner map */
    CC_ROWS_MAX = 100000,            /* values of an array: rows of points */
    CC_KEY_BYTES_MAX = 255,          /* bytes of a key */
    CC_TEXT_BYTES_MAX = 1 << 20,     /* bytes of another text */
    CC_EXPANSION_BYTES_MAX = 1 << 30 /* bytes of all designs that the rows of one record make */
};

#endif
