/* scanner.h: takes one msgpack object after the other apart into the items of a tape.
 *
 *     bytes   81 a4 name a4 gpt3 ...          what is well-formed: one pass, no call for each value
 *     tape    MAP 1 | TEXT name | TEXT gpt3      from the first byte that is not: the object again, by unpacker.h
 *
 * Only objects that a record may hold, in whole or so far, are taken here. For all others the tape is set back to where
 * the object begins and msgpack-c unpacks it: what is refused, at which item and in which words does not depend on the
 * scanner. tests/unit/test_scanner.c and tests/fuzz/fuzz_scanner.c compare the two. */
#ifndef CC_STREAM_SCANNER_H
#define CC_STREAM_SCANNER_H

#include "stream/unpacker.h"

struct cc_scanner;

/* A scanner for one object after the other. NULL when memory has run out. */
struct cc_scanner *cc_scanner_new(void);
void cc_scanner_free(struct cc_scanner *scanner);

/* Begins a new object, whose items are appended to the tape. */
void cc_scanner_start(struct cc_scanner *scanner, struct cc_tape *tape);

/* As cc_unpacker_go. */
enum cc_scan_status cc_scanner_go(struct cc_scanner *scanner, const char *bytes, size_t len, size_t *offset,
                                  struct cc_error *error) CC_MUST_CHECK;

#endif
