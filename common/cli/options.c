#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/run.h"

enum { OPTIONS_MAX = 32, FIRST_CODE = 256, HELP_CODE = FIRST_CODE + OPTIONS_MAX, VERSION_CODE };

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

/* What each convention is about, for a program that has the option. */
static void print_conventions(const struct cc_program *program)
{
    size_t count, i = 0;
    const struct cc_convention *list = cc_convention_list(&count);
    while (i < program->option_count && program->options[i].kind != CC_OPTION_CONVENTION)
        i++;
    if (i == program->option_count)
        return;
    printf("Conventions, published -> corrected:\n");
    for (size_t k = 0; k < count; k++)
        printf("  %s: %s\n", list[k].name, list[k].doc);
    printf("\n");
}

static void print_help(const struct cc_program *program)
{
    printf("usage: %s", program->name);
    for (size_t i = 0; i < program->option_count; i++) {
        const struct cc_option *option = &program->options[i];
        if (option->needed)
            printf(" --%s %s", option->name, option->value);
    }
    printf(" [OPTION]... %s\n\n%s\n\n", program->operands, program->summary);
    for (size_t i = 0; i < program->option_count; i++) {
        const struct cc_option *option = &program->options[i];
        printf("  --%s%s%s\n        %s\n", option->name, option->value != NULL ? " " : "",
               option->value != NULL ? option->value : "", option->help);
    }
    printf("  --help\n        print this and exit\n");
    printf("  --version\n        print the version and exit\n\n");
    print_conventions(program);
    printf("%s", program->notes != NULL ? program->notes : "");
}

static _Noreturn void print_and_exit(const struct cc_program *program, int code)
{
    if (code == HELP_CODE)
        print_help(program);
    else
        printf("%s (Chiplet Cloud) %s\n", program->name, CC_VERSION);
    exit(fflush(stdout) == 0 ? CC_OK : CC_IO);
}

static const char *nearest_option(const struct cc_program *program, const char *given)
{
    const char *names[OPTIONS_MAX + 2] = {"help", "version"};
    for (size_t i = 0; i < program->option_count; i++)
        names[i + 2] = program->options[i].name;
    return cc_text_nearest(cc_text_of(given), names, program->option_count + 2);
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

static bool set_option(const struct cc_option *option, const char *value, void *options, struct cc_error *error)
{
    void *member = (char *)options + option->offset;
    switch (option->kind) {
    case CC_OPTION_FLAG:
        *(bool *)member = true;
        break;
    case CC_OPTION_TEXT:
        if (value[0] == '\0')
            return cc_fail(error, CC_USAGE, "--%s takes %s, not an empty text", option->name, option->value);
        *(const char **)member = value;
        break;
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

static _Noreturn void fail_unknown(const struct cc_program *program, const char *argument)
{
    const char *name = argument + strspn(argument, "-");
    const char *near = nearest_option(program, name);
    if (near != NULL)
        cc_options_misuse(program, "unknown option %s; did you mean --%s?", argument, near);
    cc_options_misuse(program, "unknown option %s", argument);
}

/* Whether `argument` (--name or --name=value) is a known option; getopt_long by itself would take a prefix. */
static bool is_known(const struct option *table, const char *argument)
{
    const char *name = argument + 2;
    const size_t len = strcspn(name, "=");
    for (; table->name != NULL; table++)
        if (strlen(table->name) == len && strncmp(table->name, name, len) == 0)
            return true;
    return false;
}

static void fill_table(const struct cc_program *program, struct option *table)
{
    for (size_t i = 0; i < program->option_count; i++) {
        const struct cc_option *option = &program->options[i];
        const int argument = option->value != NULL ? required_argument : no_argument;
        table[i] = (struct option){option->name, argument, NULL, FIRST_CODE + (int)i};
    }
    table[program->option_count] = (struct option){"help", no_argument, NULL, HELP_CODE};
    table[program->option_count + 1] = (struct option){"version", no_argument, NULL, VERSION_CODE};
}

static void check_complete(const struct cc_program *program, const bool *given, const struct cc_operands *operands)
{
    for (size_t i = 0; i < program->option_count; i++)
        if (program->options[i].needed && !given[i])
            cc_options_misuse(program, "--%s %s is needed", program->options[i].name, program->options[i].value);
    if (operands->count < program->operands_least)
        cc_options_misuse(program, "missing operand: expected %s", program->operands);
    if (operands->count > program->operands_most)
        cc_options_misuse(program, "unexpected operand %s: expected %s", operands->list[program->operands_most],
                          program->operands);
}

void cc_options_parse(const struct cc_program *program, int argc, char **argv, void *options,
                      struct cc_operands *operands)
{
    struct option table[OPTIONS_MAX + 3] = {{0}};
    bool given[OPTIONS_MAX] = {false};
    struct cc_error error;
    int code;
    fill_table(program, table);
    opterr = 0;
    while (optind < argc) {
        const char *argument = argv[optind];
        const bool is_long = strncmp(argument, "--", 2) == 0 && argument[2] != '\0';
        if (is_long && !is_known(table, argument))
            fail_unknown(program, argument);
        if ((code = getopt_long(argc, argv, "+:", table, NULL)) == -1)
            break;
        if (code == ':')
            cc_options_misuse(program, "%s takes %s", argument, program->options[optopt - FIRST_CODE].value);
        if (code == '?' && is_long)
            cc_options_misuse(program, "%s takes no value", argument);
        if (code == '?')
            fail_unknown(program, argument);
        if (code == HELP_CODE || code == VERSION_CODE)
            print_and_exit(program, code);
        given[code - FIRST_CODE] = true;
        if (!set_option(&program->options[code - FIRST_CODE], optarg, options, &error))
            cc_die(program->name, &error);
    }
    *operands = (struct cc_operands){(const char *const *)argv + optind, (size_t)(argc - optind)};
    check_complete(program, given, operands);
}
