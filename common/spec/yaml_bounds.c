#include "spec/yaml_bounds.h"

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

static bool check_line(const char *path, size_t number, struct cc_text line, struct cc_error *error)
{
    if (!cc_text_is_utf8(line.s, line.len) || memchr(line.s, '\0', line.len) != NULL)
        return cc_fail(error, CC_BAD_DATA, "%s:%zu: not YAML: the line is not UTF-8 text", path, number);
    if (line.len > 0 && line.s[0] == '%' && !cc_text_starts(line, "%YAML "))
        return cc_fail(error, CC_BAD_DATA, "%s:%zu: not YAML: the only directive that is taken is %%YAML", path,
                       number);
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

bool cc_yaml_check_event(struct cc_yaml_nesting *nesting, enum fy_event_type type, const char *path,
                         struct cc_error *error)
{
    switch (type) {
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
        nesting->map[nesting->depth] = type == FYET_MAPPING_START;
        return true;
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        nesting->depth--;
        return true;
    default:
        return true;
    }
}
