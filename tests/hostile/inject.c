/* inject: a preload library that makes system calls and allocations fail, as disks, pipes and memory do.
 *
 * INJECT=KIND:N (N from 1): the N-th call of that kind fails; short-read, short-write and those with eintr concern
 * every call from then on. The kinds:
 *
 *   malloc                       NULL
 *   read-eio, write-eio          EIO
 *   read-eagain, write-eagain    EAGAIN, once
 *   read-eintr, write-eintr      EINTR, once in two calls
 *   short-read, short-write      one to seven bytes at a time
 *   write-enospc, write-epipe    ENOSPC or EPIPE after N bytes in all
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>

static char kind[32];
static unsigned long target;
static atomic_ulong reads, writes, allocations, written;

__attribute__((constructor)) static void read_environment(void)
{
    const char *text = getenv("INJECT");
    if (text != NULL)
        sscanf(text, "%31[^:]:%lu", kind, &target);
}

static int is(const char *name)
{
    return strcmp(kind, name) == 0;
}

/* For both directions: 0 to go on with `size` bytes at most, or the error to end with. */
static int fault(const char *eio, const char *eintr, const char *eagain, const char *shortened, unsigned long call,
                 size_t *size)
{
    if (is(eio) && call == target)
        return EIO;
    if (is(eagain) && call == target)
        return EAGAIN;
    if (is(eintr) && call >= target && (call - target) % 2 == 0)
        return EINTR;
    if (is(shortened) && call >= target && *size > 0)
        *size = 1 + call % 7 < *size ? 1 + call % 7 : *size;
    return 0;
}

ssize_t read(int fd, void *data, size_t size)
{
    static ssize_t (*real)(int, void *, size_t);
    if (real == NULL)
        real = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
    const unsigned long call = atomic_fetch_add(&reads, 1) + 1;
    const int error = fault("read-eio", "read-eintr", "read-eagain", "short-read", call, &size);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return real(fd, data, size);
}

ssize_t write(int fd, const void *data, size_t size)
{
    static ssize_t (*real)(int, const void *, size_t);
    if (real == NULL)
        real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    const unsigned long call = atomic_fetch_add(&writes, 1) + 1;
    int error = fd == 2 ? 0 : fault("write-eio", "write-eintr", "write-eagain", "short-write", call, &size);
    if (error == 0 && fd != 2 && (is("write-enospc") || is("write-epipe"))) {
        const unsigned long before = atomic_load(&written);
        if (before >= target)
            error = is("write-epipe") ? EPIPE : ENOSPC;
        else if (before + size > target)
            size = target - before;
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    const ssize_t n = real(fd, data, size);
    if (n > 0 && fd != 2)
        atomic_fetch_add(&written, (unsigned long)n);
    return n;
}

static int allocation_fails(void)
{
    const unsigned long call = atomic_fetch_add(&allocations, 1) + 1;
    return kind[0] == 'm' && is("malloc") && call == target;
}

__attribute__((destructor)) static void say_count(void)
{
    if (is("count"))
        fprintf(stderr, "allocations %lu\n", atomic_load(&allocations));
}

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *malloc(size_t size)
{
    if (allocation_fails()) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (allocation_fails()) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    if (allocation_fails()) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(old, size);
}
