#include "spec/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first error that libfyaml has collected, as ours. */
static bool fail_with_diagnosis(const char *path, struct fy_diag *diag, struct cc_error *error)
{
    void *iterator = NULL;
    const struct fy_diag_error *found = fy_diag_errors_iterate(diag, &iterator);
    if (found == NULL)
        return cc_fail(error, CC_BAD_DATA, "%s: the file is empty or not YAML", path);
    return cc_fail(error, CC_BAD_DATA, "%s:%d:%d: not YAML: %s", path, found->line, found->column, found->msg);
}

/* Errors are collected; what libfyaml would print beside that is not for users. */
static void print_nothing(struct fy_diag *diag, void *user, const char *text, size_t len)
{
    (void)diag, (void)user, (void)text, (void)len;
}

/* The document takes the text over, also when it cannot be made. */
static struct fy_document *parse(const char *path, char *text, size_t len, struct cc_error *error)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = print_nothing;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (diag == NULL) {
        free(text);
        cc_fail_memory(error);
        return NULL;
    }
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg cfg = {
        .flags = FYPCF_QUIET | FYPCF_SLOPPY_FLOW_INDENTATION | FYPCF_JSON_AUTO,
        .diag = diag,
    };
    struct fy_document *document = fy_document_build_from_malloc_string(&cfg, text, len);
    if (document == NULL)
        fail_with_diagnosis(path, diag, error);
    fy_diag_destroy(diag);
    return document;
}

/* All of a file, in memory that is the caller's; NULL on a failure. */
static char *read_all(const char *path, FILE *file, size_t *len, struct cc_error *error)
{
    size_t room = 1 << 16;
    char *text = malloc(room);
    *len = 0;
    while (text != NULL) {
        *len += fread(text + *len, 1, room - *len, file);
        if (*len < room)
            break;
        if (room > CC_YAML_BYTES_MAX) {
            cc_fail(error, CC_BAD_DATA, "%s: the file has more than %d bytes", path, CC_YAML_BYTES_MAX);
            free(text);
            return NULL;
        }
        char *more = realloc(text, room *= 2);
        if (more == NULL)
            free(text);
        text = more;
    }
    if (text == NULL) {
        cc_fail_memory(error);
    } else if (ferror(file)) {
        cc_fail(error, CC_IO, "%s: %s", path, strerror(errno));
        free(text);
        text = NULL;
    }
    return text;
}

/* libfyaml does not come back from a directive that is not UTF-8; of directives the standard knows these two. */
static bool check_text(const char *path, const char *text, size_t len, struct cc_error *error)
{
    int line = 1;
    for (size_t start = 0; start < len; line++) {
        const char *newline = memchr(text + start, '\n', len - start);
        const size_t end = newline == NULL ? len : (size_t)(newline - text);
        if (!cc_text_is_utf8(text + start, end - start) || memchr(text + start, '\0', end - start) != NULL)
            return cc_fail(error, CC_BAD_DATA, "%s:%d: not YAML: the line is not UTF-8 text", path, line);
        const struct cc_text rest = {text + start, end - start};
        if (text[start] == '%' && !cc_text_starts(rest, "%YAML ") && !cc_text_starts(rest, "%TAG "))
            return cc_fail(error, CC_BAD_DATA, "%s:%d: not YAML: a line that starts with %% is %%YAML or %%TAG", path,
                           line);
        start = end + 1;
    }
    return true;
}

static struct fy_document *read_document(const char *path, FILE *file, struct cc_error *error)
{
    size_t len;
    char *text = read_all(path, file, &len, error);
    if (text == NULL)
        return NULL;
    if (check_text(path, text, len, error))
        return parse(path, text, len, error);
    free(text);
    return NULL;
}

bool cc_yaml_open(struct cc_yaml *yaml, const char *path, struct cc_error *error)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "r");
    *yaml = (struct cc_yaml){.path = is_stdin ? "standard input" : path};
    if (file == NULL)
        return cc_fail(error, CC_IO, "%s: %s", path, strerror(errno));
    yaml->document = read_document(yaml->path, file, error);
    if (!is_stdin)
        fclose(file);
    if (yaml->document == NULL)
        return false;
    yaml->root = fy_document_root(yaml->document);
    if (yaml->root == NULL) {
        cc_yaml_close(yaml);
        return cc_fail(error, CC_BAD_DATA, "%s: the file is empty", yaml->path);
    }
    return true;
}

void cc_yaml_close(struct cc_yaml *yaml)
{
    fy_document_destroy(yaml->document);
    yaml->document = NULL;
    yaml->root = NULL;
}

struct fy_node *cc_yaml_resolve(struct fy_node *node)
{
    enum { ALIASES_MAX = 64 };
    for (int i = 0; i < ALIASES_MAX && node != NULL && fy_node_is_alias(node); i++)
        node = fy_node_resolve_alias(node);
    return node;
}

struct cc_text cc_yaml_scalar(struct fy_node *node)
{
    size_t len = 0;
    const char *s = fy_node_is_scalar(node) ? fy_node_get_scalar(node, &len) : NULL;
    return (struct cc_text){s == NULL ? "" : s, s == NULL ? 0 : len};
}

static const struct fy_mark *mark_of(struct fy_node *node)
{
    if (node == NULL || !fy_node_is_scalar(node))
        return NULL;
    struct fy_token *token = fy_node_get_scalar_token(node);
    return token == NULL ? NULL : fy_token_start_mark(token);
}

struct cc_yaml_place cc_yaml_place_of(const struct cc_yaml_place *outer, struct fy_node *key, struct fy_node *node)
{
    struct cc_yaml_place place = *outer;
    const struct fy_mark *mark = mark_of(node);
    if (key != NULL) {
        place.outer = outer;
        place.key = cc_yaml_scalar(key);
        mark = mark != NULL ? mark : mark_of(key);
    }
    if (mark != NULL) {
        place.line = mark->line + 1;
        place.column = mark->column + 1;
    }
    return place;
}

/* "Chip.pkg2pkg_io.num" */
static size_t append_keys(const struct cc_yaml_place *place, char *text, size_t size)
{
    size_t used = 0;
    if (place->outer != NULL)
        used = append_keys(place->outer, text, size);
    if (place->key.len == 0 || used >= size)
        return used;
    const int more = snprintf(text + used, size - used, "%s%.*s", used > 0 ? "." : "", CC_TEXT_ARG(place->key));
    return used + (more > 0 ? (size_t)more : 0);
}

bool cc_yaml_fail(const struct cc_yaml_place *place, struct cc_error *error, const char *format, ...)
{
    char keys[256] = "", message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    append_keys(place, keys, sizeof keys);
    cc_fail(error, CC_BAD_DATA, "%s%s%s", keys, keys[0] != '\0' ? ": " : "", message);
    if (place->line > 0)
        return cc_fail_at(error, "%s:%d:%d: ", place->yaml->path, place->line, place->column);
    return cc_fail_at(error, "%s: ", place->yaml->path);
}
