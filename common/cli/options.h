/* options.h: one table of options per program, from which come the parser and --help. */
#ifndef CC_CLI_OPTIONS_H
#define CC_CLI_OPTIONS_H

#include "base/error.h"
#include "model/convention.h"

enum cc_option_kind {
    CC_OPTION_FLAG,          /* sets a bool */
    CC_OPTION_TEXT,          /* sets a const char *; with the value FILE it names an input */
    CC_OPTION_FILES,         /* adds to a struct cc_option_files: inputs, as many as are given */
    CC_OPTION_OUTPUT,        /* sets a const char *, the path of a file to write */
    CC_OPTION_AS_PUBLISHED,  /* every switch of a struct cc_conventions */
    CC_OPTION_CONVENTION,    /* one switch of it, NAME=published|corrected */
    CC_OPTION_PARSED,        /* sets a member by the option's own function */
};

enum { CC_OPTION_FILES_MAX = 256 };

/* The values of an option that may be given several times, in order. */
struct cc_option_files {
    size_t count;
    const char *path[CC_OPTION_FILES_MAX];
};

struct cc_option {
    const char *name;  /* without the dashes */
    const char *value; /* what the value is called in --help; NULL for a flag */
    enum cc_option_kind kind;
    bool required;
    size_t offset; /* of what it sets, in the program's struct of options */
    const char *help;
    bool (*parse)(const char *text, void *member, struct cc_error *error); /* of CC_OPTION_PARSED */
};

struct cc_program {
    const char *name;
    const char *summary;  /* one line */
    const char *operands; /* as in the usage line */
    size_t operands_least, operands_most;
    const struct cc_option *options;
    size_t option_count;
    const char *describes; /* a flag with which --constants is optional; or NULL */
    const char *notes; /* fields read and added, examples; or NULL */
};

/* Operands: files. */
struct cc_operands {
    const char *const *list;
    size_t count;
};

/* Fills `options` (already holding the defaults) from the command line. Options may stand before, between and after the operands, in every
 * environment; after -- all are operands. Of an option given twice the last value holds, but of CC_OPTION_FILES all. --help and --version print and exit 0; anything
 * wrong prints a line that names it and exits 2, also an output that is an input (files.h). The operands are moved to the front of argv. */
void cc_options_parse(const struct cc_program *program, int argc, char **argv, void *options,
                      struct cc_operands *operands);

/* Wrong usage found later: prints a line and exits 2. */
_Noreturn void cc_options_misuse(const struct cc_program *program, const char *format, ...) CC_PRINTF(2, 3);

/* Options that several programs share. Each takes the program's struct of options and has its member in it. */
struct cc_shared_options {
    const char *constants;
    struct cc_conventions conventions;
    const char *rejects;
    bool stats, progress;
    bool force; /* records to a terminal; set by programs that write something else */
};

#define CC_OPTIONS_CONSTANTS(T) \
    {"constants", "FILE", CC_OPTION_TEXT, true, offsetof(T, shared.constants), \
     "technology and cost constants: a file (YAML) or a name, such as 7nm", NULL}
#define CC_OPTIONS_CONVENTIONS(T) \
    {"convention", "NAME=published|corrected", CC_OPTION_CONVENTION, false, offsetof(T, shared.conventions), \
     "switch one correction of the published program off or on (default: corrected)", NULL}, \
    {"as-published", NULL, CC_OPTION_AS_PUBLISHED, false, offsetof(T, shared.conventions), \
     "compute everything as the published program does", NULL}
#define CC_OPTIONS_REJECTS(T) \
    {"rejects", "FILE", CC_OPTION_OUTPUT, false, offsetof(T, shared.rejects), \
     "write a record for each rejected candidate to FILE", NULL}
#define CC_OPTIONS_FORCE(T) \
    {"force", NULL, CC_OPTION_FLAG, false, offsetof(T, shared.force), \
     "write records even if standard output is a terminal", NULL}
#define CC_OPTIONS_RUN(T) \
    {"stats", NULL, CC_OPTION_FLAG, false, offsetof(T, shared.stats), \
     "print the numbers of records read, written and rejected by reason on stderr at the end", NULL}, \
    {"progress", NULL, CC_OPTION_FLAG, false, offsetof(T, shared.progress), \
     "show progress on stderr even when it is not a terminal", NULL}

#endif
