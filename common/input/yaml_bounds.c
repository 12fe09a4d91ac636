#include "input/yaml_bounds.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

static bool check_count(size_t count, int most, const char *of_what, const char *path, struct cc_error *error)
{
    if (count <= (size_t)most)
        return true;
    return cc_fail(error, CC_BAD_DATA, "%s: the file has more than %d %s", path, most, of_what);
}

/* Adds the characters of a line that separate values, and those that may start an anchor or a tag. */
static void count_marks(struct cc_text line, size_t *separators, size_t *anchors)
{
    for (size_t i = 0; i < line.len; i++) {
        *separators += line.s[i] != '\0' && strchr(",:[]{}?&*!", line.s[i]) != NULL;
        *anchors += line.s[i] == '&' || line.s[i] == '!';
    }
}

static const char *format_of(struct cc_text text)
{
    static const struct {
        const char *start, *name;
    } formats[] = {
        {"\x1f\x8b", "is compressed (gzip)"},
        {"\x28\xb5\x2f\xfd", "is compressed (zstd)"},
        {"BZh", "is compressed (bzip2)"},
        {"\xfd"
         "7zXZ",
         "is compressed (xz)"},
        {"PK\x03\x04", "is an archive (zip)"},
        {"%PDF-", "is a PDF document"},
        {"\x7f"
         "ELF",
         "is a program"},
        {"GGUF", "holds the weights of a model (GGUF)"},
    };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (cc_text_starts(text, formats[i].start))
            return formats[i].name;
    return NULL;
}

/* A map of msgpack whose first key is "schema". */
static bool is_record(struct cc_text text)
{
    const bool small = text.len > 0 && ((uint8_t)text.s[0] & 0xf0) == 0x80;
    const bool large = text.len > 0 && (uint8_t)text.s[0] == 0xde;
    const size_t head = small ? 1 : 3;
    return (small || large) && text.len > head &&
           cc_text_starts((struct cc_text){text.s + head, text.len - head}, "\xa6schema");
}

static bool is_utf16(struct cc_text text)
{
    if (text.len < 2)
        return false;
    return cc_text_starts(text, "\xff\xfe") || cc_text_starts(text, "\xfe\xff") ||
           (text.s[0] == '\0') != (text.s[1] == '\0');
}

bool cc_yaml_check_format(const char *path, const char *text, size_t len, const char *expected, struct cc_error *error)
{
    const struct cc_text all = {text, len};
    const char *format = format_of(all);
    if (len == 0)
        return cc_fail(error, CC_BAD_DATA, "%s: the file is empty; expected %s", path, expected);
    if (is_record(all))
        return cc_fail(error, CC_BAD_DATA, "%s: is a stream of records, which rec2json shows; expected %s", path,
                       expected);
    if (is_utf16(all))
        return cc_fail(error, CC_BAD_DATA, "%s:1: not YAML: the file is UTF-16 or UTF-32: save it as UTF-8", path);
    return format == NULL || cc_fail(error, CC_BAD_DATA, "%s: %s; expected %s", path, format, expected);
}

static bool check_line(const char *path, size_t number, struct cc_text line, struct cc_error *error)
{
    if (!cc_text_is_utf8(line.s, line.len) || memchr(line.s, '\0', line.len) != NULL)
        return cc_fail(error, CC_BAD_DATA, "%s:%zu: not YAML: the line is not UTF-8 text", path, number);
    if (line.len > 0 && line.s[0] == '%' && !cc_text_starts(line, "%YAML "))
        return cc_fail(error, CC_BAD_DATA, "%s:%zu: not YAML: the only supported directive is %%YAML", path, number);
    return true;
}

bool cc_yaml_check_text(const char *path, const char *text, size_t len, struct cc_error *error)
{
    size_t lines = 0, separators = 0, anchors = 0;
    for (size_t start = 0; start < len;) {
        const char *newline = memchr(text + start, '\n', len - start);
        const size_t end = newline == NULL ? len : (size_t)(newline - text);
        const struct cc_text line = {text + start, end - start};
        if (!check_line(path, ++lines, line, error))
            return false;
        count_marks(line, &separators, &anchors);
        start = end + 1;
    }
    return check_count(lines, CC_YAML_VALUES_MAX, "lines", path, error) &&
           check_count(separators, CC_YAML_VALUES_MAX, "characters that separate values", path, error) &&
           check_count(anchors, CC_YAML_ANCHORS_MAX, "anchors and tags", path, error);
}

static bool check_part(struct cc_yaml_nesting *nesting, bool container, const char *path, struct cc_error *error)
{
    int *parts = &nesting->parts[nesting->depth];
    const bool map = nesting->map[nesting->depth];
    if (map && *parts % 2 == 0 && container)
        return cc_fail(error, CC_BAD_DATA, "%s: a key is a map or a list; expected text", path);
    ++*parts;
    if (map && *parts > 2 * CC_YAML_KEYS_MAX)
        return cc_fail(error, CC_BAD_DATA, "%s: a map has more than %d keys", path, CC_YAML_KEYS_MAX);
    return check_count((size_t)++nesting->values, CC_YAML_VALUES_MAX, "keys and values", path, error);
}

bool cc_yaml_check_event(struct cc_yaml_nesting *nesting, const struct fy_event *event, const char *path,
                         struct cc_error *error)
{
    switch (event->type) {
    case FYET_SCALAR:
    case FYET_ALIAS:
        return check_part(nesting, false, path, error);
    case FYET_SEQUENCE_START:
    case FYET_MAPPING_START:
        if (!check_part(nesting, true, path, error))
            return false;
        if (nesting->depth == CC_YAML_DEPTH_MAX)
            return cc_fail(error, CC_BAD_DATA, "%s: maps and lists are nested more than %d deep", path,
                           CC_YAML_DEPTH_MAX);
        nesting->depth++;
        nesting->parts[nesting->depth] = 0;
        nesting->map[nesting->depth] = event->type == FYET_MAPPING_START;
        return true;
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        nesting->depth--;
        return true;
    default:
        return true;
    }
}
