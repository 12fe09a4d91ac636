/* Drops the servers above 5000 $: a stage in C, with the library that is installed with the programs.
 *   cc $(pkg-config --cflags chiplet-cloud) cheap-servers.c $(pkg-config --libs chiplet-cloud) -o cheap-servers
 *   server-pack ... | cheap-servers | llm-map ... */
#include <cli/run.h>
#include <model/hardware/server.h>

int main(int argc, char **argv)
{
    const struct cc_program program = {.name = "cheap-servers",
                                       .summary = "Drops the servers above 5000 $.",
                                       .operands = "[FILE]...",
                                       .operands_most = SIZE_MAX};
    struct cc_shared_options options = {0};
    struct cc_operands files;
    struct cc_run run;
    struct cc_record record;
    struct cc_server server;
    struct cc_error error;
    cc_options_parse(&program, argc, argv, &options, &files);
    cc_run_open(&run, &program, &options, &files);
    while (cc_run_next(&run, &record)) {
        if (!cc_decode_entry(&record, "server", &cc_server_fields, &server, &error))
            cc_run_fail_record(&run, &error);
        if (server.cost_usd <= 5000 && !cc_write_bytes(run.writer, record.bytes, &error))
            cc_run_fail(&run, &error);
    }
    return cc_run_finish(&run);
}
