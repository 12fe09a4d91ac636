#include "input/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "input/yaml_bounds.h"
#include "input/yaml_tree.h"

/* The first error that libfyaml has collected, as ours. */
static bool fail_with_diagnosis(const char *path, struct fy_diag *diag, struct cc_error *error)
{
    void *iterator = NULL;
    const struct fy_diag_error *found = fy_diag_errors_iterate(diag, &iterator);
    if (found == NULL)
        return cc_fail(error, CC_BAD_DATA, "%s: the file is empty", path);
    if (found->fyt != NULL && strcmp(found->msg, "duplicate key") == 0) {
        size_t len = 0;
        const char *key = fy_token_get_text(found->fyt, &len);
        return cc_fail(error, CC_BAD_DATA, "%s:%d:%d: duplicate key %.*s", path, found->line, found->column,
                       key == NULL ? 0 : (int)len, key == NULL ? "" : key);
    }
    if (strcmp(found->msg, "missing document start") == 0)
        return cc_fail(error, CC_BAD_DATA, "%s:%d:%d: text after the end of the document", path, found->line,
                       found->column);
    if (strstr(found->msg, "invalid UTF8 escape") != NULL)
        return cc_fail(error, CC_BAD_DATA,
                       "%s:%d:%d: not YAML: a surrogate (\\ud800 to \\udfff) without its other half", path, found->line,
                       found->column);
    const char *hint =
        strcmp(found->msg, "could not find expected ':'") == 0 ? "; a key ends with a colon and a blank" : "";
    return cc_fail(error, CC_BAD_DATA, "%s:%d:%d: not YAML: %s%s", path, found->line, found->column, found->msg, hint);
}

static bool fail_empty(const struct cc_yaml *yaml, struct cc_error *error)
{
    return cc_fail(error, CC_BAD_DATA, "%s: the file is empty; expected %s", yaml->path,
                   cc_input_kind_text(yaml->kind));
}

/* Errors are collected; libfyaml's own printing is not for users. */
static void print_nothing(struct fy_diag *diag, void *user, const char *text, size_t len)
{
    (void)diag, (void)user, (void)text, (void)len;
}

static struct fy_diag *new_diagnosis(struct cc_error *error)
{
    struct fy_diag_cfg cfg;
    fy_diag_cfg_default(&cfg);
    cfg.fp = NULL;
    cfg.output_fn = print_nothing;
    struct fy_diag *diag = fy_diag_create(&cfg);
    if (diag != NULL)
        fy_diag_set_collect_errors(diag, true);
    else
        cc_fail_memory(error);
    return diag;
}

static struct fy_parse_cfg configuration(struct fy_diag *diag)
{
    return (struct fy_parse_cfg){
        .flags = FYPCF_QUIET | FYPCF_SLOPPY_FLOW_INDENTATION | FYPCF_JSON_AUTO,
        .diag = diag,
    };
}

/* Refuses a second document, at its first event that has a place. */
static bool check_documents(int *documents, const struct fy_event *event, const char *path, struct cc_error *error)
{
    *documents += event->type == FYET_DOCUMENT_START;
    const struct fy_mark *mark = *documents > 1 ? fy_event_start_mark((struct fy_event *)event) : NULL;
    return mark == NULL || cc_fail(error, CC_BAD_DATA,
                                   "%s:%d:%d: a second document, or text after the end of the first: a file holds one",
                                   path, mark->line + 1, mark->column + 1);
}

/* Goes through the text without keeping it. */
static bool check_events(const struct cc_yaml *yaml, const char *text, size_t len, struct cc_error *error)
{
    const char *path = yaml->path;
    struct fy_diag *diag = new_diagnosis(error);
    if (diag == NULL)
        return false;
    const struct fy_parse_cfg cfg = configuration(diag);
    struct fy_parser *parser = fy_parser_create(&cfg);
    struct cc_yaml_nesting nesting = {0};
    struct fy_event *event;
    int documents = 0;
    bool good = (parser != NULL && fy_parser_set_string(parser, text, len) == 0) || cc_fail_memory(error);
    while (good && (event = fy_parser_parse(parser)) != NULL) {
        good = cc_yaml_check_event(&nesting, event, path, error) && check_documents(&documents, event, path, error);
        fy_parser_event_free(parser, event);
    }
    if (good && fy_parser_get_stream_error(parser))
        good = fail_with_diagnosis(path, diag, error);
    if (good && documents == 0)
        good = fail_empty(yaml, error);
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return good;
}

/* The document takes the text over, also when it cannot be made. */
static struct fy_document *parse(const char *path, char *text, size_t len, struct cc_error *error)
{
    struct fy_diag *diag = new_diagnosis(error);
    if (diag == NULL) {
        free(text);
        return NULL;
    }
    const struct fy_parse_cfg cfg = configuration(diag);
    struct fy_document *document = fy_document_build_from_malloc_string(&cfg, text, len);
    if (document == NULL)
        fail_with_diagnosis(path, diag, error);
    fy_diag_destroy(diag);
    return document;
}

/* All of a file, in memory that is the caller's; NULL on a failure. */
static char *read_all(const char *path, FILE *file, size_t *len, struct cc_error *error)
{
    char *text = malloc(CC_YAML_BYTES_MAX + 1);
    if (text == NULL) {
        cc_fail_memory(error);
        return NULL;
    }
    *len = fread(text, 1, CC_YAML_BYTES_MAX + 1, file);
    if (!ferror(file) && *len <= CC_YAML_BYTES_MAX)
        return text;
    if (ferror(file))
        cc_fail(error, CC_IO, "%s: %s", path, strerror(errno));
    else
        cc_fail(error, CC_BAD_DATA, "%s: the file is larger than %d MiB, the limit", path, CC_YAML_BYTES_MAX >> 20);
    free(text);
    return NULL;
}

/* libfyaml 0.7 does not check its allocations, so memory for the file is tried first: at most about 250 bytes for each
 * byte of text. */
static bool check_memory(size_t len, struct cc_error *error)
{
    const size_t at_least = (size_t)4 << 20, a_byte = 256, at_most = (size_t)64 << 20;
    const size_t needed = at_least + a_byte * len;
    void *volatile reserve = malloc(needed < at_most ? needed : at_most); /* volatile: not to be optimized away */
    if (reserve == NULL)
        return cc_fail_memory(error);
    free(reserve);
    return true;
}

static struct fy_document *read_document(const struct cc_yaml *yaml, FILE *file, struct cc_error *error)
{
    const char *path = yaml->path;
    size_t len;
    char *text = read_all(path, file, &len, error);
    if (text == NULL)
        return NULL;
    if (cc_yaml_check_format(path, text, len, cc_input_kind_text(yaml->kind), error) &&
        cc_yaml_check_text(path, text, len, error) && check_memory(len, error) && check_events(yaml, text, len, error))
        return parse(path, text, len, error);
    free(text);
    return NULL;
}

bool cc_yaml_open(struct cc_yaml *yaml, const char *path, enum cc_input_kind kind, struct cc_error *error)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "r");
    *yaml = (struct cc_yaml){.path = is_stdin ? "standard input" : path, .kind = kind};
    if (file == NULL)
        return cc_fail(error, CC_IO, "%s: %s", path, strerror(errno));
    yaml->document = read_document(yaml, file, error);
    if (!is_stdin)
        fclose(file);
    if (yaml->document == NULL)
        return false;
    yaml->root = fy_document_root(yaml->document);
    const bool good = yaml->root != NULL ? cc_yaml_check_tree(yaml, error) : fail_empty(yaml, error);
    if (!good)
        cc_yaml_close(yaml);
    return good;
}

void cc_yaml_close(struct cc_yaml *yaml)
{
    fy_document_destroy(yaml->document);
    yaml->document = NULL;
    yaml->root = NULL;
#ifdef __GLIBC__
    malloc_trim(0); /* a document is many small pieces, which glibc would keep */
#endif
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

bool cc_yaml_is_null(struct fy_node *node)
{
    const struct cc_text text = cc_yaml_scalar(node);
    if (!fy_node_is_scalar(node) || fy_node_get_style(node) != FYNS_PLAIN)
        return false;
    return cc_text_is(text, "null") || cc_text_is(text, "~") || cc_text_is(text, "Null") || cc_text_is(text, "NULL");
}

bool cc_yaml_is_octal(struct cc_text text)
{
    const size_t sign = text.len > 0 && (text.s[0] == '-' || text.s[0] == '+');
    bool digits = text.len > sign + 1 && text.s[sign] == '0';
    for (size_t i = sign; i < text.len; i++)
        digits &= text.s[i] >= '0' && text.s[i] <= '9';
    return digits;
}

static bool holds_any(struct cc_text text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.s[i] != '\0' && strchr(characters, text.s[i]) != NULL)
            return true;
    return false;
}

static bool has_unit(struct cc_text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (isalpha((unsigned char)text.s[i]) && text.s[i] != 'e' && text.s[i] != 'E')
            return true;
    return false;
}

const char *cc_yaml_number_hint(struct cc_text text)
{
    const size_t sign = text.len > 0 && (text.s[0] == '-' || text.s[0] == '+');
    const struct cc_text plain = {text.s + sign, text.len - sign};
    if (text.len == 0 || cc_text_is(text, "null") || cc_text_is(text, "~"))
        return ": leave the key out if there is no value";
    if (cc_yaml_is_octal(text))
        return ": some programs read it as octal; remove the leading zero";
    if (cc_text_starts(plain, "0x") || cc_text_starts(plain, "0o") || cc_text_starts(plain, "0b"))
        return ": write it in decimal";
    if (cc_text_contains_any_case(text, "inf") || cc_text_contains_any_case(text, "nan"))
        return ": numbers are finite";
    if (plain.len == 0 || plain.s[0] < '0' || plain.s[0] > '9')
        return "";
    if (holds_any(text, "%"))
        return ": write a share, such as 0.05 for 5 %";
    if (has_unit(text))
        return ": write the number alone; chiplet-cloud-inputs(5) has the unit of each key";
    if (holds_any(text, "_: "))
        return ": write the digits without separators";
    if (holds_any(text, ","))
        return ": use a decimal point and no thousands separator";
    return "";
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
