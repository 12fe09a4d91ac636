/* One object, in pieces whose size is the first byte, through the scanner and through msgpack-c. */
#include "scans.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scans scans;
    if (size == 0)
        return 0;
    if (!scans_open(&scans) || scans_differ(&scans, data + 1, size - 1, size, NULL) != NULL ||
        scans_differ(&scans, data + 1, size - 1, (size_t)data[0] + 1, NULL) != NULL)
        abort();
    scans_close(&scans);
    return 0;
}
