#include "cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 80, WIDTH_MIN = 20, WIDTH_MAX = 100000, OPTION_INDENT = 2, TEXT_INDENT = 8, CONTINUED_INDENT = 4 };

/* Columns to fold at. */
static size_t width_of_stdout(void)
{
    struct winsize window = {0};
    const char *given = getenv("COLUMNS");
    char *end;
    if (!isatty(STDOUT_FILENO))
        return WIDTH;
    long width = given != NULL ? strtol(given, &end, 10) : 0;
    if (given == NULL || *end != '\0' || width < 1 || width > WIDTH_MAX)
        width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : WIDTH;
    return width < WIDTH_MIN ? WIDTH_MIN : (size_t)width;
}

/* Prints words from `column` on, further lines from `hanging` on, and returns the column after them. Blanks between
 * words of a line are kept. */
static size_t fold(const char *text, size_t len, size_t column, size_t hanging, size_t width)
{
    const char *const end = text + len;
    while (text < end) {
        const size_t blanks = strspn(text, " "), word = strcspn(text + blanks, " \n");
        if (column + blanks > hanging && column + blanks + word > width) {
            printf("\n%*s", (int)hanging, "");
            column = hanging;
        } else {
            printf("%*s", (int)blanks, "");
            column += blanks;
        }
        printf("%.*s", (int)word, text + blanks);
        column += word;
        text += blanks + word;
    }
    return column;
}

static void print_line(const char *text, size_t column, size_t hanging, size_t width)
{
    fold(text, strlen(text), column, hanging, width);
    printf("\n");
}

static void print_usage(const struct cc_program *program, size_t width)
{
    char part[128];
    size_t column = (size_t)printf("usage: %s", program->name);
    for (size_t i = 0; i < program->option_count; i++) {
        if (!program->options[i].required)
            continue;
        const int len = snprintf(part, sizeof part, " --%s %s", program->options[i].name, program->options[i].value);
        column = fold(part, (size_t)len, column, CONTINUED_INDENT, width);
    }
    snprintf(part, sizeof part, " [OPTION]... %s", program->operands);
    print_line(part, column, CONTINUED_INDENT, width);
}

static void print_option(const char *name, const char *value, const char *help, size_t width)
{
    printf("%*s--%s%s%s\n%*s", OPTION_INDENT, "", name, value != NULL ? " " : "", value != NULL ? value : "",
           TEXT_INDENT, "");
    print_line(help, TEXT_INDENT, TEXT_INDENT, width);
}

/* One entry for each convention, for a program with the option. */
static void print_conventions(const struct cc_program *program, size_t width)
{
    size_t count, i = 0;
    const struct cc_convention *list = cc_convention_list(&count);
    while (i < program->option_count && program->options[i].kind != CC_OPTION_CONVENTION)
        i++;
    if (i == program->option_count)
        return;
    print_line("Conventions, published -> corrected:", 0, 0, width);
    for (size_t k = 0; k < count; k++) {
        const int column = printf("%*s%s: ", OPTION_INDENT, "", list[k].name);
        print_line(list[k].doc, (size_t)column, TEXT_INDENT, width);
    }
    printf("\n");
}

/* Paragraphs are lines; a line that begins with blanks is part of an example. */
static void print_notes(const char *notes, size_t width)
{
    while (*notes != '\0') {
        const size_t len = strcspn(notes, "\n"), blanks = strspn(notes, " ");
        fold(notes, len, 0, blanks > 0 ? blanks + CONTINUED_INDENT : 0, width);
        printf("\n");
        notes += len;
        notes += *notes == '\n';
    }
}

void cc_help_print(const struct cc_program *program)
{
    const size_t width = width_of_stdout();
    print_usage(program, width);
    printf("\n");
    print_line(program->summary, 0, 0, width);
    printf("\n");
    for (size_t i = 0; i < program->option_count; i++)
        print_option(program->options[i].name, program->options[i].value, program->options[i].help, width);
    print_option("help", NULL, "print this and exit", width);
    print_option("version", NULL, "print the version and exit", width);
    printf("\n");
    print_conventions(program, width);
    if (program->notes != NULL)
        print_notes(program->notes, width);
}
