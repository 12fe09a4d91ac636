/* unpacker.h: msgpack-c's unpacker, filling a tape. It says what is wrong with an object that scanner.h does not take.
 */
#ifndef CC_STREAM_UNPACKER_H
#define CC_STREAM_UNPACKER_H

#include "stream/tape.h"

enum cc_scan_status { CC_SCAN_DONE, CC_SCAN_MORE, CC_SCAN_FAILED };

struct cc_unpacker;

/* An unpacker for one object after the other. NULL when memory has run out. */
struct cc_unpacker *cc_unpacker_new(void);
void cc_unpacker_free(struct cc_unpacker *unpacker);

/* Begins a new object. */
void cc_unpacker_start(struct cc_unpacker *unpacker, struct cc_tape *tape);

/* Unpacks bytes[*offset .. len) and appends the object's items to the tape. DONE: *offset is behind the object. MORE:
 * the object is not complete; call again with the same bytes and more behind them (they may have moved) and the same
 * *offset. FAILED: `error` says why. */
enum cc_scan_status cc_unpacker_go(struct cc_unpacker *unpacker, const char *bytes, size_t len, size_t *offset,
                                   struct cc_error *error) CC_MUST_CHECK;

#endif
