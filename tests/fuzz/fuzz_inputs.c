/* An input file of each kind. Its first byte says which: h hardware, c constants, k carbon, m model or config.json, s
 * system. */
#include <unistd.h>

#include "input/inputs.h"
#include "target.h"

static void read_hardware(const char *path)
{
    struct cc_hardware hardware;
    struct cc_error error;
    if (!cc_hardware_open(&hardware, path, &error))
        return;
    struct cc_chip_input chip;
    struct cc_package_input package;
    struct cc_server_input server;
    const uint64_t chips = cc_alternatives_count(hardware.chips);
    cc_alternatives_take(hardware.chips, &cc_chip_input_fields, chips - 1, &chip);
    cc_alternatives_take(hardware.packages, &cc_package_input_fields, 0, &package);
    cc_alternatives_take(hardware.servers, &cc_server_input_fields, 0, &server);
    cc_input_close(&hardware.file);
}

static void read_model(const char *path)
{
    struct cc_llm_file model;
    struct cc_error error;
    if (!cc_llm_open(&model, path, NULL, &error))
        return;
    (void)cc_llm_active_parameters(&model.llm);
    cc_input_close(&model.file);
}

static void read_system(const char *path)
{
    struct cc_system_file system;
    struct cc_error error;
    if (!cc_system_open(&system, path, &error))
        return;
    struct cc_system_input in;
    cc_alternatives_take(system.systems, &cc_system_input_fields, cc_alternatives_count(system.systems) - 1, &in);
    cc_input_close(&system.file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[MEMORY_PATH];
    struct cc_constants constants;
    struct cc_error error;
    if (size == 0)
        return 0;
    const int fd = memory_file(data + 1, size - 1, path);
    if (data[0] == 'h')
        read_hardware(path);
    else if (data[0] == 'c')
        (void)!cc_constants_read(&constants, path, &error);
    else if (data[0] == 'k')
        (void)!cc_carbon_read(&constants, path, &error);
    else if (data[0] == 'm')
        read_model(path);
    else
        read_system(path);
    close(fd);
    return 0;
}
