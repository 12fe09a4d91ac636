#include "spec/yaml.h"

#include <errno.h>
#include <stdio.h>
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

static struct fy_document *parse(const char *path, FILE *file, struct cc_error *error)
{
    struct fy_diag_cfg diag_cfg;
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.output_fn = print_nothing;
    struct fy_diag *diag = fy_diag_create(&diag_cfg);
    if (diag == NULL) {
        cc_fail_memory(error);
        return NULL;
    }
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg cfg = {
        .flags = FYPCF_QUIET | FYPCF_SLOPPY_FLOW_INDENTATION | FYPCF_JSON_AUTO,
        .diag = diag,
    };
    struct fy_document *document = fy_document_build_from_fp(&cfg, file);
    if (document == NULL)
        fail_with_diagnosis(path, diag, error);
    fy_diag_destroy(diag);
    return document;
}

bool cc_yaml_open(struct cc_yaml *yaml, const char *path, struct cc_error *error)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "r");
    *yaml = (struct cc_yaml){.path = is_stdin ? "standard input" : path};
    if (file == NULL)
        return cc_fail(error, CC_IO, "%s: %s", path, strerror(errno));
    /* what can be opened may still not be read, a folder for one; a pipe cannot be rewound */
    const int first = fgetc(file);
    if (first == EOF && ferror(file)) {
        cc_fail(error, CC_IO, "%s: %s", yaml->path, strerror(errno));
        if (!is_stdin)
            fclose(file);
        return false;
    }
    if (first != EOF)
        ungetc(first, file);
    yaml->document = parse(yaml->path, file, error);
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
