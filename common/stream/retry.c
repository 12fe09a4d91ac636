#include "stream/retry.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

/* Whether the call that set errno is to be made again, after waiting for the descriptor if it was not ready. */
static bool is_to_retry(int fd, short events)
{
    struct pollfd ready = {.fd = fd, .events = events};
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

ssize_t cc_read_retry(int fd, void *bytes, size_t size)
{
    ssize_t got;
    do
        got = read(fd, bytes, size);
    while (got < 0 && is_to_retry(fd, POLLIN));
    return got;
}

ssize_t cc_write_retry(int fd, const void *bytes, size_t size)
{
    ssize_t wrote;
    do
        wrote = write(fd, bytes, size);
    while (wrote < 0 && is_to_retry(fd, POLLOUT));
    return wrote;
}
