#include "stream/known_fields.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAMES_MAX = 4096 };

static bool is_known(const struct cc_known_fields *known, struct cc_text path)
{
    for (size_t i = 0; i < known->count; i++)
        if (cc_text_is(path, known->name[i]))
            return true;
    return false;
}

bool cc_known_fields_add(struct cc_known_fields *known, struct cc_text path, struct cc_error *error)
{
    if (known->count == NAMES_MAX || is_known(known, path))
        return true;
    if (known->count == known->size) {
        const size_t size = known->size == 0 ? 64 : known->size * 2;
        const char **names = realloc(known->name, size * sizeof *names);
        if (names == NULL)
            return cc_fail_memory(error);
        known->name = names;
        known->size = size;
    }
    const char *copy = cc_arena_copy(&known->arena, path.s, path.len);
    if (copy == NULL)
        return cc_fail_memory(error);
    known->name[known->count++] = copy;
    return true;
}

static bool take_name(void *context, struct cc_text path, struct cc_error *error)
{
    return cc_known_fields_add(context, path, error);
}

void cc_known_fields_note(struct cc_known_fields *known, const struct cc_record *record, bool flat)
{
    struct cc_error ignored;
    for (size_t i = 0; i < known->schemas; i++)
        if (cc_text_equal(known->schema[i], record->schema))
            return;
    if (known->schemas == CC_KNOWN_SCHEMAS)
        return;
    const char *schema = cc_arena_copy(&known->arena, record->schema.s, record->schema.len);
    if (schema == NULL)
        return;
    known->schema[known->schemas++] = (struct cc_text){schema, record->schema.len};
    (void)!cc_path_each(record, flat, take_name, known, &ignored);
    for (size_t i = 0; flat && i < cc_service_columns.count; i++) {
        char path[CC_PLACE_TEXT];
        snprintf(path, sizeof path, "point.%s", cc_service_columns.field[i].name);
        (void)!cc_known_fields_add(known, cc_text_of(path), &ignored);
    }
}

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot == NULL ? path : dot + 1;
}

/* The first name whose last parts are `wanted`. */
static const char *find_end(const struct cc_known_fields *known, struct cc_text wanted)
{
    for (size_t i = 0; i < known->count; i++) {
        const char *name = known->name[i];
        const size_t len = strlen(name);
        if (len > wanted.len && name[len - wanted.len - 1] == '.' &&
            memcmp(name + len - wanted.len, wanted.s, wanted.len) == 0)
            return name;
    }
    return NULL;
}

/* The name whose last part is nearest to that of `wanted`. */
static const char *nearest_end(const struct cc_known_fields *known, struct cc_text last)
{
    const char **ends = malloc(known->count * sizeof *ends);
    const char *name = NULL;
    if (ends == NULL)
        return NULL;
    for (size_t i = 0; i < known->count; i++)
        ends[i] = last_part(known->name[i]);
    const char *near = cc_text_nearest(last, ends, known->count);
    for (size_t i = 0; i < known->count && near != NULL && name == NULL; i++)
        if (strcmp(ends[i], near) == 0)
            name = known->name[i];
    free(ends);
    return name;
}

const char *cc_known_fields_nearest(const struct cc_known_fields *known, struct cc_text wanted)
{
    struct cc_text last = wanted;
    for (size_t i = 0; i < wanted.len; i++)
        if (wanted.s[i] == '.')
            last = (struct cc_text){wanted.s + i + 1, wanted.len - i - 1};
    if (known->count == 0 || last.len == 0)
        return NULL;
    const char *near = find_end(known, wanted);
    if (near == NULL)
        near = cc_text_nearest(wanted, known->name, known->count);
    if (near == NULL)
        near = find_end(known, last);
    enum { LONG_ENOUGH = 5 }; /* of shorter ends too many are near */
    return near != NULL || last.len < LONG_ENOUGH ? near : nearest_end(known, last);
}

void cc_known_fields_free(struct cc_known_fields *known)
{
    cc_arena_free(&known->arena);
    free(known->name);
    *known = (struct cc_known_fields){.count = 0};
}

/* The program that writes a field that may be asked for too early in a pipeline; else NULL. */
static const char *source_of(struct cc_text path)
{
    if (cc_text_is(path, "point.ttft_s"))
        return "llm-map --service-levels";
    return cc_text_is(path, "point.usd_per_output_token") ? "tco-eval" : NULL;
}

bool cc_known_fields_fail(const struct cc_known_fields *known, struct cc_text wanted, const char *option,
                          struct cc_error *error)
{
    const char *source = source_of(wanted);
    if (source != NULL)
        return cc_fail(error, CC_BAD_DATA, "no record has the field %.*s, which --%s names; %s writes it",
                       CC_TEXT_ARG(wanted), option, source);
    const char *near = cc_known_fields_nearest(known, wanted);
    return cc_fail(error, CC_BAD_DATA, "no record has the field %.*s, which --%s names%s%s%s", CC_TEXT_ARG(wanted),
                   option, near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
}
