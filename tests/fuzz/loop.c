#include "loop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static jmp_buf ended;
static bool running;
static int output; /* what standard output was */

_Noreturn void __real_exit(int code);
_Noreturn void __wrap_exit(int code);

/* The linker puts this in the place of exit (--wrap=exit). */
_Noreturn void __wrap_exit(int code)
{
    if (!running)
        __real_exit(code);
    if (code < 0 || code > 3)
        abort();
    longjmp(ended, 1);
}

static void start_once(void)
{
    static bool started;
    if (started)
        return;
    loop_start();
    stderr = fopen("/dev/null", "w");
    output = dup(STDOUT_FILENO);
    if (stderr == NULL || output < 0)
        abort();
    started = true;
}

/* An input as an argument vector: a line, an argument. */
static void run_options(const uint8_t *data, size_t size)
{
    enum { ARGUMENTS_MAX = 64 };
    char *argv[ARGUMENTS_MAX + 1] = {(char *)"program"};
    static char text[4096];
    int argc = 1;
    size = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *at = text; at != NULL && argc < ARGUMENTS_MAX; argc++) {
        argv[argc] = at;
        at = strchr(at, '\n');
        if (at != NULL)
            *at++ = '\0';
    }
    argv[argc] = NULL;
    loop_options(argc, argv);
}

static void redirect(int from, int to)
{
    if (from < 0 || dup2(from, to) < 0)
        abort();
    if (from != to)
        close(from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[MEMORY_PATH];
    start_once();
    redirect(memory_file(data, size, path), STDIN_FILENO);
    redirect(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    running = true;
    if (setjmp(ended) == 0) {
        if (size > 0 && data[0] == '-')
            run_options(data, size);
        else
            loop_run("/proc/self/fd/0");
    }
    running = false;
    loop_clean();
    fflush(stdout); /* what the program printed, if it has not closed the descriptor */
    if (dup2(output, STDOUT_FILENO) < 0)
        abort();
    return 0;
}
