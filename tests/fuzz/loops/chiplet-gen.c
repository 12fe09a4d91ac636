/* chiplet-gen's loop: the first chips of a hardware file. */
#include "../loop.h"

#define main program_main
#include "../../../src/chiplet-gen/chiplet-gen.c"
#undef main

static struct options options;
static struct cc_constants constants;
static struct cc_hardware hardware;
static bool open_hardware;
static struct cc_run run;

void loop_start(void)
{
    struct cc_error error;
    options.shared.conventions = cc_conventions_corrected();
    if (!cc_constants_read(&constants, LOOP_CONSTANTS, &error))
        cc_die("chiplet-gen", &error);
}

void loop_run(const char *path)
{
    enum { CHIPS_MOST = 64 };
    struct cc_error error;
    cc_run_open(&run, &program, &options.shared, NULL);
    open_hardware = cc_hardware_open(&hardware, path, &error);
    if (!open_hardware)
        cc_run_fail(&run, &error);
    for (uint64_t i = 0; i < cc_alternatives_count(hardware.chips) && i < CHIPS_MOST; i++)
        generate(&run, &hardware, &constants, &options, i);
    (void)cc_run_finish(&run);
}

void loop_clean(void)
{
    if (open_hardware)
        cc_input_close(&hardware.file);
    open_hardware = false;
}

void loop_options(int argc, char **argv)
{
    struct options parsed = {.shard = {1, 1}};
    struct cc_operands operands;
    cc_options_parse(&program, argc, argv, &parsed, &operands);
}
