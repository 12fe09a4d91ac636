/* json2rec: JSON lines as records.
 *
 * Reads text: an object a line, its first key schema. Numbers with a point or an exponent become floats, others
 * integers. Writes the records, after the checks that every reader of records makes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/run.h"
#include "json_packer.h"

struct options {
    struct cc_shared_options shared;
};

static const struct cc_option option_table[] = {CC_OPTIONS_RUN(struct options)};

static const struct cc_program program = {
    .name = "json2rec",
    .summary = "Writes JSON lines as records.",
    .operands = "[FILE]...",
    .operands_most = SIZE_MAX,
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .notes = "Example:\n  rec2json chips | jq -c 'select(.chip.area_mm2 < 100)' | json2rec\n",
};

struct converter {
    struct cc_run run;
    struct json_packer *packer;
    const char *name;          /* of the file, for messages */
    unsigned long long number; /* of the line */
};

static _Noreturn void fail_line(struct converter *c, struct cc_error *error)
{
    cc_fail_at(error, "%s:%llu: ", c->name, c->number);
    cc_run_fail(&c->run, error);
}

static bool is_blank(struct cc_text line)
{
    size_t i = 0;
    while (i < line.len && strchr(" \t\r\n", line.s[i]) != NULL && line.s[i] != '\0')
        i++;
    return i == line.len;
}

static void convert_line(struct converter *c, struct cc_text line)
{
    struct cc_error error;
    struct cc_text record;
    c->number++;
    if (is_blank(line))
        return;
    if (!json_packer_pack(c->packer, line, &record, &error) || !cc_record_check(record, &error))
        fail_line(c, &error);
    c->run.candidates++;
    if (!cc_write_bytes(c->run.writer, record, &error))
        cc_run_fail(&c->run, &error);
}

static void convert_file(struct converter *c, const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t len = -1;
    c->name = is_stdin ? "standard input" : path;
    c->number = 0;
    if (file != NULL)
        errno = 0;
    while (file != NULL && (len = getline(&line, &size, file)) > 0) {
        convert_line(c, (struct cc_text){line, (size_t)len});
        errno = 0;
    }
    if (file == NULL || ferror(file) || (len < 0 && !feof(file))) {
        struct cc_error error;
        cc_fail(&error, CC_IO, "%s: %s", c->name, strerror(errno));
        cc_run_fail(&c->run, &error);
    }
    free(line);
    if (!is_stdin)
        fclose(file);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct cc_operands operands;
    struct converter converter = {0};
    cc_options_parse(&program, argc, argv, &options, &operands);
    cc_run_open(&converter.run, &program, &options.shared, NULL);
    converter.packer = json_packer_new();
    if (converter.packer == NULL) {
        struct cc_error error;
        cc_fail_memory(&error);
        cc_run_fail(&converter.run, &error);
    }
    for (size_t i = 0; i < operands.count; i++)
        convert_file(&converter, operands.list[i]);
    if (operands.count == 0)
        convert_file(&converter, "-");
    json_packer_free(converter.packer);
    return cc_run_finish(&converter.run);
}
