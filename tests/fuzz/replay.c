/* replay: hands files to a fuzz target, one after the other: corpora and found cases as tests, in any build. */
#include <stdio.h>
#include <stdlib.h>

#include "target.h"

static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t size = 0, room = 1 << 16;
    uint8_t *data = malloc(room);
    if (file == NULL || data == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(3);
    }
    size_t n;
    while ((n = fread(data + size, 1, room - size, file)) > 0) {
        size += n;
        if (size == room && (data = realloc(data, room *= 2)) == NULL)
            exit(3);
    }
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%d replayed\n", argc - 1);
    return 0;
}
