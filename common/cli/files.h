/* files.h: the standard descriptors, and which files a command line reads and writes. */
#ifndef CC_CLI_FILES_H
#define CC_CLI_FILES_H

#include "cli/options.h"

/* Puts something on each standard descriptor that is closed, so that no file lands there: reading or writing it fails as it does with a
 * closed one, except that what is written to standard error is lost. Exits on failure. */
void cc_files_guard_standard(const char *program);

/* Whether standard output was closed when the program began. */
bool cc_files_output_was_closed(void);

/* Refuses (exit 2) an output that is also an input: --rejects or standard output that is the file of another option, an operand or standard
 * input; or both outputs in one file. Nothing has been truncated yet. Compared by device and inode; only regular files count. */
void cc_files_check(const struct cc_program *program, const void *options, const struct cc_operands *operands);

/* Records are not shown to a person: refuses (exit 2) standard output that is a terminal, unless `force`. */
void cc_files_check_terminal(const struct cc_program *program, bool force);

/* Says so when a program that reads `what` waits for a person to type it. */
void cc_files_mention_terminal(const struct cc_program *program, const struct cc_operands *operands, const char *what);

#endif
