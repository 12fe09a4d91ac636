/* error.h: how library code reports a failure.
 *
 * A function that can fail takes a `struct cc_error *`, returns false (or the status its own header
 * names) and fills the error in. Only programs exit; the kind of an error is their exit code. */
#ifndef CC_BASE_ERROR_H
#define CC_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum cc_error_kind {
    CC_OK = 0,
    CC_BAD_DATA = 1, /* a stream or a file holds something that is not right */
    CC_USAGE = 2,    /* the command line is wrong */
    CC_IO = 3,       /* reading, writing or memory failed */
};

struct cc_error {
    enum cc_error_kind kind;
    char text[1024]; /* one line, no newline at its end: where, what, and what would be right */
};

#if defined(__GNUC__)
#define CC_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define CC_MUST_CHECK __attribute__((warn_unused_result))
#else
#define CC_PRINTF(text, first)
#define CC_MUST_CHECK
#endif

/* Fills `error` (which may hold an earlier one) and returns false, so that `return cc_fail(...)` reads well.
 * Control characters in the text, which may come from input, are shown as '?'. */
bool cc_fail(struct cc_error *error, enum cc_error_kind kind, const char *format, ...) CC_PRINTF(3, 4);

/* Puts a place ("record 3: ", "hw.yaml: ") before the text of an error. Returns false. */
bool cc_fail_at(struct cc_error *error, const char *format, ...) CC_PRINTF(2, 3);

/* Out of memory, as an error of kind CC_IO. Returns false. */
bool cc_fail_memory(struct cc_error *error);

#endif
