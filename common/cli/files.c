#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/run.h"

static bool output_was_closed;

void cc_files_guard_standard(const char *program)
{
    /* opened the wrong way round: reading standard input then fails, and so does writing standard output */
    static const int modes[] = {[STDIN_FILENO] = O_WRONLY, [STDOUT_FILENO] = O_RDONLY, [STDERR_FILENO] = O_WRONLY};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct cc_error error;
        if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
            continue;
        output_was_closed |= fd == STDOUT_FILENO;
        if (open("/dev/null", modes[fd]) == fd) /* the lowest that is free */
            continue;
        cc_fail(&error, CC_IO, "a standard descriptor is closed, and /dev/null cannot take its place: %s",
                strerror(errno));
        cc_die(program, &error);
    }
}

bool cc_files_output_was_closed(void)
{
    return output_was_closed;
}

/* A regular file that the program writes, for messages and for comparison. */
struct output {
    const char *name;
    struct stat info;
    bool regular;
};

static struct output output_of(const char *name, int fd)
{
    struct output output = {.name = name};
    const int found = fd >= 0 ? fstat(fd, &output.info) : stat(name, &output.info);
    output.regular = found == 0 && S_ISREG(output.info.st_mode);
    return output;
}

static bool is_same(const struct output *output, const struct stat *info)
{
    return output->regular && output->info.st_dev == info->st_dev && output->info.st_ino == info->st_ino;
}

/* An input against both outputs: `rejects`, which may be NULL, and standard output. */
static void check_input(const struct cc_program *program, const char *path, const struct output *rejects,
                        const struct output *standard)
{
    struct stat info;
    const bool is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "standard input" : path;
    if ((is_stdin ? fstat(STDIN_FILENO, &info) : stat(path, &info)) != 0)
        return;
    if (rejects != NULL && is_same(rejects, &info))
        cc_options_misuse(program, "--rejects %s is the input %s: name another file", rejects->name, name);
    if (is_same(standard, &info))
        cc_options_misuse(program, "%s: standard output is this input file: write to another file", name);
}

/* The inputs that an option names. */
static void check_option(const struct cc_program *program, const struct cc_option *option, const void *options,
                         const struct output *rejects, const struct output *standard)
{
    const void *member = (const char *)options + option->offset;
    const struct cc_option_files *files = member;
    const bool single = option->kind == CC_OPTION_TEXT && strcmp(option->value, "FILE") == 0;
    if (single && *(const char *const *)member != NULL)
        check_input(program, *(const char *const *)member, rejects, standard);
    for (size_t i = 0; option->kind == CC_OPTION_FILES && i < files->count; i++)
        check_input(program, files->path[i], rejects, standard);
}

void cc_files_check(const struct cc_program *program, const void *options, const struct cc_operands *operands)
{
    const struct output standard = output_of("standard output", STDOUT_FILENO);
    struct output rejects_file;
    const struct output *rejects = NULL;
    for (size_t i = 0; i < program->option_count; i++) {
        const struct cc_option *option = &program->options[i];
        const char *path =
            option->kind == CC_OPTION_OUTPUT ? *(const char *const *)((const char *)options + option->offset) : NULL;
        if (path == NULL)
            continue;
        rejects_file = output_of(path, -1);
        rejects = &rejects_file;
        if (standard.regular && is_same(rejects, &standard.info))
            cc_options_misuse(program, "--%s %s is standard output: name another file", option->name, path);
    }
    for (size_t i = 0; i < program->option_count; i++)
        check_option(program, &program->options[i], options, rejects, &standard);
    for (size_t i = 0; i < operands->count; i++)
        check_input(program, operands->list[i], rejects, &standard);
    if (operands->count == 0 && program->operands_least == 0)
        check_input(program, "-", rejects, &standard);
}

void cc_files_check_terminal(const struct cc_program *program, bool force)
{
    if (!force && isatty(STDOUT_FILENO))
        cc_options_misuse(
            program,
            "standard output is a terminal; redirect or pipe it, e.g. | rec2json, or write to it with --force");
}

void cc_files_mention_terminal(const struct cc_program *program, const struct cc_operands *operands, const char *what)
{
    if (operands->count == 0 && isatty(STDIN_FILENO))
        fprintf(stderr, "%s: reading %s from the terminal; expected a file or a pipe: %s FILE, or ... | %s\n",
                program->name, what, program->name, program->name);
}
