#include "input/memory_guard.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "base/error.h"

static struct sigaction before;
static int depth;

/* Only what a signal handler may call. Returning from here runs the same instruction again, under the earlier handler.
 */
static void on_fault(int number)
{
    static const char text[] = "out of memory while an input file was read\n";
    if (errno == ENOMEM) {
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        _exit(CC_IO);
    }
    sigaction(number, &before, NULL);
}

void cc_memory_guard_begin(void)
{
    struct sigaction action = {.sa_handler = on_fault};
    if (depth++ > 0)
        return;
    errno = 0;
    sigaction(SIGSEGV, &action, &before);
}

void cc_memory_guard_end(void)
{
    if (--depth == 0)
        sigaction(SIGSEGV, &before, NULL);
}
