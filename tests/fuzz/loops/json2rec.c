/* json2rec's loop. */
#include "../loop.h"

#define main program_main
#include "../../../src/json2rec/json2rec.c"
#undef main

static struct options options;
static struct converter converter;

void loop_start(void)
{
}

void loop_run(const char *path)
{
    converter = (struct converter){.packer = json_packer_new()};
    cc_run_open(&converter.run, &program, &options.shared, NULL);
    (void)path;
    convert_file(&converter, "-");
    (void)cc_run_finish(&converter.run);
}

void loop_clean(void)
{
    if (converter.packer != NULL)
        json_packer_free(converter.packer);
    converter.packer = NULL;
}

void loop_options(int argc, char **argv)
{
    struct options parsed = {0};
    struct cc_operands operands;
    cc_options_parse(&program, argc, argv, &parsed, &operands);
}
