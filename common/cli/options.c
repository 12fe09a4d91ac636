#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/files.h"
#include "cli/help.h"
#include "cli/run.h"

enum { OPTIONS_MAX = 64 };

_Noreturn void cc_options_misuse(const struct cc_program *program, const char *format, ...)
{
    struct cc_error error;
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    cc_fail(&error, CC_USAGE, "%s (try %s --help)", message, program->name);
    cc_die(program->name, &error);
}

static _Noreturn void exit_printed(const struct cc_program *program)
{
    struct cc_error error;
    if (fflush(stdout) == 0)
        exit(CC_OK);
    cc_fail(&error, CC_IO, "standard output: %s", strerror(errno));
    cc_die(program->name, &error);
}

/* --help and --version, which every program has. */
static void print_if_asked(const struct cc_program *program, struct cc_text name)
{
    const bool help = cc_text_is(name, "help");
    if (!help && !cc_text_is(name, "version"))
        return;
    if (help)
        cc_help_print(program);
    else
        printf("%s (Chiplet Cloud) %s\n", program->name, CC_VERSION);
    exit_printed(program);
}

static const char *nearest_option(const struct cc_program *program, struct cc_text given)
{
    const char *names[OPTIONS_MAX + 2] = {"help", "version"};
    for (size_t i = 0; i < program->option_count; i++)
        names[i + 2] = program->options[i].name;
    return cc_text_nearest(given, names, program->option_count + 2);
}

static bool set_convention(const char *text, struct cc_conventions *conventions, struct cc_error *error)
{
    size_t count;
    const struct cc_convention *list = cc_convention_list(&count);
    const char *equals = strchr(text, '=');
    const struct cc_text name = {text, equals == NULL ? strlen(text) : (size_t)(equals - text)};
    const bool corrected = equals != NULL && strcmp(equals + 1, "corrected") == 0;
    const bool published = equals != NULL && strcmp(equals + 1, "published") == 0;
    const char *names[OPTIONS_MAX];
    for (size_t i = 0; i < count; i++) {
        names[i] = list[i].name;
        if (!cc_text_is(name, list[i].name))
            continue;
        if (!corrected && !published)
            return cc_fail(error, CC_USAGE, "--convention %s: expected %s=published or %s=corrected", text,
                           list[i].name, list[i].name);
        *(bool *)((char *)conventions + list[i].offset) = corrected;
        return true;
    }
    const char *near = cc_text_nearest(name, names, count);
    return cc_fail(error, CC_USAGE, "--convention %s: unknown convention%s%s%s", text,
                   near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
}

static bool add_file(const struct cc_option *option, const char *path, struct cc_option_files *files,
                     struct cc_error *error)
{
    if (path[0] == '\0')
        return cc_fail(error, CC_USAGE, "--%s takes %s, not an empty text", option->name, option->value);
    if (files->count == CC_OPTION_FILES_MAX)
        return cc_fail(error, CC_USAGE, "--%s: the limit is %d files", option->name, CC_OPTION_FILES_MAX);
    files->path[files->count++] = path;
    return true;
}

static bool set_option(const struct cc_option *option, const char *value, void *options, struct cc_error *error)
{
    void *member = (char *)options + option->offset;
    switch (option->kind) {
    case CC_OPTION_FLAG:
        *(bool *)member = true;
        break;
    case CC_OPTION_TEXT:
    case CC_OPTION_OUTPUT:
        if (value[0] == '\0')
            return cc_fail(error, CC_USAGE, "--%s takes %s, not an empty text", option->name, option->value);
        *(const char **)member = value;
        break;
    case CC_OPTION_FILES:
        return add_file(option, value, member, error);
    case CC_OPTION_AS_PUBLISHED:
        *(struct cc_conventions *)member = cc_conventions_published();
        break;
    case CC_OPTION_CONVENTION:
        return set_convention(value, member, error);
    case CC_OPTION_PARSED:
        return option->parse(value, member, error);
    }
    return true;
}

/* The name in --name or --name=value. */
static struct cc_text name_in(const char *argument)
{
    const char *name = argument + strspn(argument, "-");
    return (struct cc_text){name, strcspn(name, "=")};
}

static _Noreturn void fail_unknown(const struct cc_program *program, const char *argument)
{
    const char *near = nearest_option(program, name_in(argument));
    if (near != NULL)
        cc_options_misuse(program, "unknown option %s; did you mean --%s?", argument, near);
    cc_options_misuse(program, "unknown option %s", argument);
}

/* The place of an option in the table; its count for one that is not there. */
static size_t find_option(const struct cc_program *program, struct cc_text name)
{
    size_t i = 0;
    while (i < program->option_count && !cc_text_is(name, program->options[i].name))
        i++;
    return i;
}

/* Whether an option that is required may be missing here. */
static bool is_waived(const struct cc_program *program, const struct cc_option *option, const bool *given)
{
    return program->describes != NULL && strcmp(option->name, "constants") == 0 &&
           given[find_option(program, cc_text_of(program->describes))];
}

static void check_complete(const struct cc_program *program, const bool *given, const struct cc_operands *operands)
{
    for (size_t i = 0; i < program->option_count; i++)
        if (program->options[i].required && !given[i] && !is_waived(program, &program->options[i], given))
            cc_options_misuse(program, "--%s %s is required", program->options[i].name, program->options[i].value);
    if (operands->count < program->operands_least)
        cc_options_misuse(program, "missing operand: expected %s", program->operands);
    if (operands->count > program->operands_most)
        cc_options_misuse(program, "unexpected operand %s: expected %s", operands->list[program->operands_most],
                          program->operands);
}

/* One option, at argv[at]; returns where the next argument stands. */
static int parse_option(const struct cc_program *program, char **argv, int at, void *options, bool *given)
{
    const char *argument = argv[at], *value = strchr(argument, '=');
    const struct cc_text name = name_in(argument);
    const bool is_long = strncmp(argument, "--", 2) == 0 && argument[2] != '-';
    const size_t index = find_option(program, name);
    struct cc_error error;
    const bool common = cc_text_is(name, "help") || cc_text_is(name, "version");
    if (!is_long || (index == program->option_count && !common))
        fail_unknown(program, argument);
    if (value != NULL && (common || program->options[index].value == NULL))
        cc_options_misuse(program, "%s takes no value", argument);
    print_if_asked(program, name);
    const struct cc_option *option = &program->options[index];
    if (option->value != NULL) {
        const char *next = value != NULL ? NULL : argv[++at];
        if (value == NULL && next == NULL)
            cc_options_misuse(program, "%s takes %s", argument, option->value);
        if (next != NULL && strncmp(next, "--", 2) == 0)
            cc_options_misuse(program, "%s takes %s, got %s; if that is meant, write %s=%s", argument, option->value,
                              next, argument, next);
        value = value != NULL ? value + 1 : next;
    }
    given[index] = true;
    if (!set_option(option, value != NULL ? value : "", options, &error))
        cc_die(program->name, &error);
    return at + 1;
}

void cc_options_parse(const struct cc_program *program, int argc, char **argv, void *options,
                      struct cc_operands *operands)
{
    bool given[OPTIONS_MAX] = {false};
    int count = 0;
    cc_files_guard_standard(program->name);
    for (int at = argc > 0 ? 1 : 0; at < argc;) {
        if (strcmp(argv[at], "--") == 0) {
            while (++at < argc)
                argv[count++] = argv[at];
        } else if (argv[at][0] == '-' && argv[at][1] != '\0') {
            at = parse_option(program, argv, at, options, given);
        } else {
            argv[count++] = argv[at++];
        }
    }
    *operands = (struct cc_operands){(const char *const *)argv, (size_t)count};
    check_complete(program, given, operands);
    cc_files_check(program, options, operands);
}
