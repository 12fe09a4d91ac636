#include "cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/files.h"

_Noreturn void cc_die(const char *program, const struct cc_error *error)
{
    fprintf(stderr, "%s: %s\n", program, error->text);
    exit((int)error->kind);
}

/* Progress shows by itself at a terminal, but of all programs of a pipeline only in the last. */
static bool shows_progress(void)
{
    struct stat info;
    return isatty(STDERR_FILENO) && fstat(STDOUT_FILENO, &info) == 0 && !S_ISFIFO(info.st_mode);
}

static void open_rejects(struct cc_run *run, const char *path)
{
    struct cc_error error;
    run->rejects_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (run->rejects_fd < 0) {
        cc_fail(&error, CC_IO, "%s: %s", path, strerror(errno));
        cc_run_fail(run, &error);
    }
    run->rejects = cc_writer_new(run->rejects_fd, path);
    if (run->rejects == NULL) {
        cc_fail_memory(&error);
        cc_run_fail(run, &error);
    }
}

static bool has_option(const struct cc_program *program, const char *name)
{
    for (size_t i = 0; i < program->option_count; i++)
        if (strcmp(program->options[i].name, name) == 0)
            return true;
    return false;
}

void cc_run_open(struct cc_run *run, const struct cc_program *program, const struct cc_shared_options *shared,
                 const struct cc_operands *operands)
{
    struct cc_error error;
    if (has_option(program, "force"))
        cc_files_check_terminal(program, shared->force);
    if (operands != NULL)
        cc_files_mention_terminal(program, operands, "records");
    *run = (struct cc_run){.program = program->name, .stats = shared->stats, .rejects_fd = -1};
    run->progress = shared->progress || shows_progress();
    clock_gettime(CLOCK_MONOTONIC, &run->start);
    run->shown = run->start;
    run->writer = cc_writer_new(STDOUT_FILENO, "standard output");
    if (operands != NULL)
        run->reader = cc_reader_new(operands->list, operands->count);
    if (run->writer == NULL || (operands != NULL && run->reader == NULL)) {
        cc_fail_memory(&error);
        cc_die(run->program, &error);
    }
    if (shared->rejects != NULL)
        open_rejects(run, shared->rejects);
}

static double seconds_between(const struct timespec *a, const struct timespec *b)
{
    return (double)(b->tv_sec - a->tv_sec) + (double)(b->tv_nsec - a->tv_nsec) * 1e-9;
}

static void show_progress(const struct cc_run *run, double elapsed_s, const char *end)
{
    uint64_t done = run->work_done, total = run->work_total, records = run->candidates;
    if (run->reader != NULL) {
        done = cc_reader_bytes(run->reader);
        total = cc_reader_total_bytes(run->reader);
        records = cc_reader_records(run->reader);
    }
    const char *start = isatty(STDERR_FILENO) ? "\r" : "";
    fprintf(stderr, "%s%s: %" PRIu64 " in, %" PRIu64 " out, %.0f s", start, run->program, records,
            cc_writer_records(run->writer), elapsed_s);
    if (total > 0)
        fprintf(stderr, ", %.0f %%", 100.0 * (double)done / (double)total);
    fputs(end, stderr);
}

void cc_run_tick(struct cc_run *run)
{
    struct timespec now;
    if (!run->progress || ++run->ticks % 16 != 0)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds_between(&run->shown, &now) < 1)
        return;
    run->shown = now;
    show_progress(run, seconds_between(&run->start, &now), isatty(STDERR_FILENO) ? "" : "\n");
}

/* Ends the status line, if there is one. */
static void end_progress(const struct cc_run *run)
{
    if (run->progress && seconds_between(&run->start, &run->shown) > 0 && isatty(STDERR_FILENO))
        fputc('\n', stderr);
}

bool cc_run_next(struct cc_run *run, struct cc_record *record)
{
    struct cc_error error;
    cc_run_tick(run);
    switch (cc_reader_next(run->reader, record, &error)) {
    case CC_READ_RECORD:
        return true;
    case CC_READ_END:
        break;
    case CC_READ_FAILED:
        cc_run_fail(run, &error);
    }
    return false;
}

void cc_run_note(struct cc_run *run, const char *format, ...)
{
    struct cc_error note;
    char text[sizeof note.text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cc_fail(&note, CC_OK, "%s", text); /* shows control characters as ? */
    end_progress(run);
    run->shown = run->start;
    fprintf(stderr, "%s: %s\n", run->program, note.text);
}

static bool flush_all(struct cc_run *run, struct cc_error *error)
{
    if (run->writer != NULL && !cc_writer_flush(run->writer, error))
        return false;
    return run->rejects == NULL || cc_writer_flush(run->rejects, error);
}

static void close_all(struct cc_run *run)
{
    cc_reader_free(run->reader);
    cc_writer_free(run->writer);
    cc_writer_free(run->rejects);
    if (run->rejects_fd >= 0)
        close(run->rejects_fd);
    run->reader = NULL;
    run->writer = run->rejects = NULL;
}

_Noreturn void cc_run_fail(struct cc_run *run, const struct cc_error *error)
{
    struct cc_error second;
    end_progress(run);
    fprintf(stderr, "%s: %s\n", run->program, error->text);
    if (error->kind == CC_BAD_DATA && run->complete != NULL) {
        void (*complete)(struct cc_run *) = run->complete;
        run->complete = NULL;
        complete(run);
    }
    if (error->kind != CC_IO && !flush_all(run, &second))
        fprintf(stderr, "%s: %s\n", run->program, second.text);
    close_all(run);
    exit((int)error->kind);
}

_Noreturn void cc_run_fail_record(struct cc_run *run, struct cc_error *error)
{
    cc_reader_blame(run->reader, error);
    cc_run_fail(run, error);
}

void cc_run_end_record(struct cc_run *run)
{
    struct cc_error error;
    if (cc_writer_end(run->writer, &error))
        return;
    if (error.kind == CC_BAD_DATA && run->reader != NULL)
        cc_reader_blame(run->reader, &error);
    cc_run_fail(run, &error);
}

static double finite(double value)
{
    return fmax(fmin(value, DBL_MAX), -DBL_MAX);
}

void cc_run_reject(struct cc_run *run, struct cc_text id, const struct cc_reject *reject)
{
    struct cc_error error;
    run->rejected[reject->reason]++;
    if (run->rejects == NULL)
        return;
    const struct cc_reject_entry entry = {
        .stage = cc_text_of(run->program),
        .reason = cc_text_of(cc_reason_name(reject->reason)),
        .value = finite(reject->value),
        .limit = finite(reject->limit),
        .model = run->model,
    };
    cc_writer_begin(run->rejects, cc_text_of(cc_kind_schema(CC_KIND_REJECT)), 3);
    cc_write_text(run->rejects, "id", id);
    if (!cc_write_struct(run->rejects, "reject", &cc_reject_fields, &entry, &error) ||
        !cc_writer_end(run->rejects, &error))
        cc_run_fail(run, &error);
}

static enum cc_reason main_reason(const struct cc_run *run, uint64_t *rejected)
{
    enum cc_reason most = CC_NOT_REJECTED;
    *rejected = 0;
    for (int reason = CC_NOT_REJECTED + 1; reason < CC_REASON_COUNT; reason++) {
        *rejected += run->rejected[reason];
        if (run->rejected[reason] > run->rejected[most])
            most = (enum cc_reason)reason;
    }
    return most;
}

/* False when they are lost: a sum over shards would take that for no candidates. */
static bool print_stats(const struct cc_run *run)
{
    if (run->reader != NULL)
        fprintf(stderr, "%s: stats in %" PRIu64 "\n", run->program, cc_reader_records(run->reader));
    fprintf(stderr, "%s: stats candidates %" PRIu64 "\n", run->program, run->candidates);
    fprintf(stderr, "%s: stats out %" PRIu64 "\n", run->program, cc_writer_records(run->writer) - run->continued);
    if (run->pruned > 0)
        fprintf(stderr, "%s: stats pruned %" PRIu64 "\n", run->program, run->pruned);
    for (int reason = CC_NOT_REJECTED + 1; reason < CC_REASON_COUNT; reason++)
        if (run->rejected[reason] > 0)
            fprintf(stderr, "%s: stats rejected %s %" PRIu64 "\n", run->program, cc_reason_name((enum cc_reason)reason),
                    run->rejected[reason]);
    return !ferror(stderr);
}

int cc_run_finish(struct cc_run *run)
{
    struct cc_error error;
    uint64_t rejected;
    const enum cc_reason most = main_reason(run, &rejected);
    if (!flush_all(run, &error))
        cc_run_fail(run, &error);
    end_progress(run);
    if (cc_writer_records(run->writer) == 0 && rejected > 0)
        fprintf(stderr, "%s: none of %" PRIu64 " candidates is realizable; %" PRIu64 " of them: %s (%s)\n",
                run->program, run->candidates, run->rejected[most], cc_reason_name(most), cc_reason_doc(most));
    if (run->stats && !print_stats(run)) {
        cc_fail(&error, CC_IO, "standard error: the counts cannot be written");
        cc_run_fail(run, &error);
    }
    close_all(run);
    /* a program may have printed as well */
    errno = EBADF;
    if (cc_files_output_was_closed() || fflush(stdout) != 0 || (close(STDOUT_FILENO) != 0 && errno != EINTR)) {
        cc_fail(&error, CC_IO, "standard output: %s", strerror(errno));
        cc_die(run->program, &error);
    }
    return CC_OK;
}
