/* help.h: prints the --help of a program from its table of options. */
#ifndef CC_CLI_HELP_H
#define CC_CLI_HELP_H

#include "cli/options.h"

/* Writes to stdout: usage, summary, options, conventions (of a program that has the option), notes. Lines are folded at
 * spaces to the width of the terminal (COLUMNS, where set, in place of what it says; at least 20), or to 80 columns if
 * stdout is not one. A word is never split: one that is longer than a line has a line of its own. Write errors are left
 * in stdout. */
void cc_help_print(const struct cc_program *program);

#endif
