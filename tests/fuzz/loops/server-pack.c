/* server-pack's loop: chips of a stream into packages and servers. */
#include "../loop.h"

#define main program_main
#include "../../../src/server-pack/server-pack.c"
#undef main

static struct packer packer;
static struct options options;

void loop_start(void)
{
    struct cc_error error;
    options.shared.conventions = cc_conventions_corrected();
    if (!cc_constants_read(&packer.constants, LOOP_CONSTANTS, &error) ||
        !cc_hardware_open(&packer.hardware, "tests/fuzz/loops/hardware.yaml", &error))
        cc_die("server-pack", &error);
}

void loop_run(const char *path)
{
    const struct cc_operands operands = {&path, 1};
    struct cc_record record;
    cc_run_open(&packer.run, &program, &options.shared, &operands);
    prepare(&packer, options.shared.conventions);
    while (cc_run_next(&packer.run, &record))
        pack_chip(&packer, &record);
    (void)cc_run_finish(&packer.run);
}

void loop_clean(void)
{
    if (packer.sinks != NULL)
        release(&packer);
    packer.sinks = NULL;
    packer.of_chip = (struct cc_decoded){0}; /* of the reader that is gone */
}

void loop_options(int argc, char **argv)
{
    struct options parsed = {0};
    struct cc_operands operands;
    cc_options_parse(&program, argc, argv, &parsed, &operands);
}
