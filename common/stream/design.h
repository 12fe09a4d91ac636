/* design.h: the rows of a record's points as records of their own, designs.
 *
 * Designs of one record differ in the values of their rows only. The rest of them, the frame, is held once however many
 * rows are kept. */
#ifndef CC_STREAM_DESIGN_H
#define CC_STREAM_DESIGN_H

#include "stream/derived.h"

struct cc_frame;

/* Parts that the designs of a record share: its entries, an evaluation's schema turned into that of a design, and the names of
 * the columns. A record without points, or with a point already from which no column is derived, is its own design: then it is
 * all in the frame.
 * NULL when memory has run out. */
struct cc_frame *cc_frame_new(const struct cc_record *record, const struct cc_points *points,
                              const struct cc_derived *derived);
void cc_frame_free(struct cc_frame *frame);

/* Packs what the frame of a record lacks of row `row`: nothing when the record is its own design. */
void cc_pack_row(msgpack_packer *packer, const struct cc_points *points, const struct cc_derived *derived, size_t row);

/* The design of a frame and the bytes of a row as packed above. */
bool cc_write_design(struct cc_writer *writer, const struct cc_frame *frame, struct cc_text row,
                     struct cc_error *error) CC_MUST_CHECK;

/* False when the designs of all rows would be more than CC_EXPANSION_BYTES_MAX together, so that a small record does not
 * become endless output. */
bool cc_points_check_designs(const struct cc_record *record, const struct cc_points *points,
                             struct cc_error *error) CC_MUST_CHECK;

#endif
