/* run.h: what every program does around its loop: read, write, reject, count, show progress, finish. */
#ifndef CC_CLI_RUN_H
#define CC_CLI_RUN_H

#include <time.h>

#include "cli/options.h"
#include "model/reject.h"
#include "stream/decode.h"
#include "stream/writer.h"

struct cc_run {
    const char *program;
    struct cc_reader *reader; /* NULL in a program that reads no records */
    struct cc_writer *writer;
    struct cc_writer *rejects; /* NULL without --rejects */
    int rejects_fd;
    bool stats, progress;
    uint64_t candidates, rejected[CC_REASON_COUNT];
    uint64_t pruned; /* realizable candidates that are left out because others dominate them */
    struct cc_text model; /* that candidates are rejected for, where there are several; else empty */
    uint64_t continued;             /* records that hold the rest of the one before; both count as one */
    uint64_t work_done, work_total; /* for progress in a program that reads no records */
    uint64_t ticks;
    struct timespec start, shown;
    void (*complete)(struct cc_run *run); /* called before ending on bad data, to write what is due already; or NULL */
};

/* Prints "program: text" on stderr and exits with the error's kind. */
_Noreturn void cc_die(const char *program, const struct cc_error *error);

/* Begins: records from `operands` (none: standard input; NULL: the program reads none), to standard output. Exits on
 * failure, also when records would go to a terminal (of a program that has the option --force). */
void cc_run_open(struct cc_run *run, const struct cc_program *program, const struct cc_shared_options *shared,
                 const struct cc_operands *operands);

/* The next record; false at the end. On a failure writes out what is complete, says what is wrong and exits. */
bool cc_run_next(struct cc_run *run, struct cc_record *record);

/* A failure caused by the current record; any other failure. Both write out what is complete, and exit. */
_Noreturn void cc_run_fail_record(struct cc_run *run, struct cc_error *error);
_Noreturn void cc_run_fail(struct cc_run *run, const struct cc_error *error);

/* Prints a warning as a line on standard error. */
void cc_run_note(struct cc_run *run, const char *format, ...) CC_PRINTF(2, 3);

/* Counts a rejected candidate and, with --rejects, writes a record of it. */
void cc_run_reject(struct cc_run *run, struct cc_text id, const struct cc_reject *reject);

/* Ends the current record; exits when it cannot be written. */
void cc_run_end_record(struct cc_run *run);

/* Shows progress if it is due. Called by cc_run_next; a program that reads no records calls it itself. */
void cc_run_tick(struct cc_run *run);

/* Ends: writes out the rest, prints --stats, says why nothing came out if nothing did. Returns the exit code. */
int cc_run_finish(struct cc_run *run);

#endif
