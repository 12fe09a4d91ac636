/* json2rec: JSON lines as records.
 *
 * Reads text: an object a line, its first key schema. Numbers with a point or an exponent become floats, others
 * integers. Writes the records, after the checks that every reader of records makes. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/run.h"
#include "json_packer.h"
#include "stream/retry.h"

struct options {
    struct cc_shared_options shared;
};

static const struct cc_option option_table[] = {CC_OPTIONS_FORCE(struct options), CC_OPTIONS_RUN(struct options)};

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
    bool in_value;             /* something of the line was fed to the packer */
};

static _Noreturn void fail_line(struct converter *c, struct cc_error *error)
{
    cc_fail_at(error, "%s:%llu: ", c->name, c->number);
    cc_run_fail(&c->run, error);
}

static struct cc_text skip_blanks(struct cc_text text)
{
    while (text.len > 0 && (text.s[0] == ' ' || text.s[0] == '\t' || text.s[0] == '\r')) {
        text.s++;
        text.len--;
    }
    return text;
}

/* A piece of a line. */
static void feed(struct converter *c, struct cc_text piece)
{
    struct cc_error error;
    if (!c->in_value) {
        piece = skip_blanks(piece);
        if (piece.len == 0)
            return;
        if ((unsigned char)piece.s[0] == 0xef) {
            cc_fail(&error, CC_BAD_DATA, "byte 1: a byte order mark? expected an object, in UTF-8 without one");
            fail_line(c, &error);
        }
        if (!json_packer_begin(c->packer, &error))
            fail_line(c, &error);
        c->in_value = true;
    }
    if (!json_packer_feed(c->packer, piece, &error))
        fail_line(c, &error);
}

/* A record starts as a map does, of up to 15 entries or more than that. */
static bool check_object(struct cc_text value, struct cc_error *error)
{
    const unsigned char first = (unsigned char)value.s[0];
    const bool array = (first & 0xf0) == 0x90 || first == 0xdc || first == 0xdd;
    if ((first & 0xf0) == 0x80 || first == 0xde || first == 0xdf)
        return true;
    return cc_fail(error, CC_BAD_DATA, "expected an object, got %s; json2rec reads one object a line (jq -c%s)",
                   array ? "an array" : "another value", array ? " '.[]'" : "");
}

static void end_line(struct converter *c)
{
    struct cc_error error;
    struct cc_text record;
    if (c->in_value) {
        if (!json_packer_end(c->packer, &record, &error) || !check_object(record, &error) ||
            !cc_record_check(record, &error))
            fail_line(c, &error);
        c->run.candidates++;
        if (!cc_write_bytes(c->run.writer, record, &error))
            cc_run_fail(&c->run, &error);
    }
    c->in_value = false;
    c->number++;
}

static void convert(struct converter *c, struct cc_text bytes)
{
    const char *newline;
    while (bytes.len > 0 && (newline = memchr(bytes.s, '\n', bytes.len)) != NULL) {
        const size_t len = (size_t)(newline - bytes.s);
        feed(c, (struct cc_text){bytes.s, len});
        end_line(c);
        bytes = (struct cc_text){newline + 1, bytes.len - len - 1};
    }
    feed(c, bytes);
}

static _Noreturn void fail_file(struct converter *c)
{
    struct cc_error error;
    cc_fail(&error, CC_IO, "%s: %s", c->name, strerror(errno));
    cc_run_fail(&c->run, &error);
}

static void convert_file(struct converter *c, const char *path)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    static char buffer[1 << 16];
    ssize_t got;
    c->name = is_stdin ? "standard input" : path;
    c->number = 1;
    if (fd < 0)
        fail_file(c);
    while ((got = cc_read_retry(fd, buffer, sizeof buffer)) > 0)
        convert(c, (struct cc_text){buffer, (size_t)got});
    if (got < 0)
        fail_file(c);
    end_line(c);
    if (!is_stdin)
        close(fd);
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct cc_operands operands;
    struct converter converter = {0};
    cc_options_parse(&program, argc, argv, &options, &operands);
    cc_files_mention_terminal(&program, &operands, "lines of JSON");
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
