#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "target.h"

int memory_file(const uint8_t *data, size_t size, char path[MEMORY_PATH])
{
    const int fd = memfd_create("input", 0);
    size_t written = 0;
    if (fd < 0)
        abort();
    while (written < size) {
        const ssize_t n = write(fd, data + written, size - written);
        if (n <= 0)
            abort();
        written += (size_t)n;
    }
    lseek(fd, 0, SEEK_SET);
    snprintf(path, MEMORY_PATH, "/proc/self/fd/%d", fd);
    return fd;
}
