/* retry.h: read and write that wait where a descriptor does not block, and resume after a signal.
 *
 * A pipe or terminal may be non-blocking because another process that shares it made it so. */
#ifndef CC_STREAM_RETRY_H
#define CC_STREAM_RETRY_H

#include <sys/types.h>

/* As read(2) and write(2), but never EINTR, EAGAIN or EWOULDBLOCK. */
ssize_t cc_read_retry(int fd, void *bytes, size_t size);
ssize_t cc_write_retry(int fd, const void *bytes, size_t size);

#endif
