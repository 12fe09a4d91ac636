/* loop.h: fuzz targets that run a program's own loop in this process. tests/fuzz/loops/PROGRAM.c includes the program's source, with
 * its main renamed, and defines the functions below. Where the program would exit, the target goes on with the next input.
 *
 * An input that begins with '-' is a command line, an argument a line; any other is what the loop reads. */
#ifndef FUZZ_LOOP_H
#define FUZZ_LOOP_H

#include "target.h"

/* What the program's main is called here. */
int program_main(int argc, char **argv);

/* Once, at the start, in the folder of the project: what the program reads before its loop. */
void loop_start(void);

/* The loop. Standard input holds the bytes; standard output and standard error go nowhere. `path` names the bytes as a file. */
void loop_run(const char *path);

/* What the loop leaves behind, however it ended. */
void loop_clean(void);

/* Parses a command line. */
void loop_options(int argc, char **argv);

#define LOOP_CONSTANTS "pipelines/inputs/constants/7nm.yaml"

#endif
