/* target.h: a fuzz target reads hostile bytes; built with libFuzzer, or with replay.c, which hands it files. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory that holds these bytes, and its path in `path`. The descriptor is the caller's to close. */
enum { MEMORY_PATH = 64 };
int memory_file(const uint8_t *data, size_t size, char path[MEMORY_PATH]);

#endif
