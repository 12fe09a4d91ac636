#include "page.h"

#include <stdio.h>

void page_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
    }
}

void page_item(const char *term, const char *doc)
{
    printf(".It Li %s\n", term);
    page_text(doc);
    putchar('\n');
}

static const char *type_name(enum page_kind kind, enum cc_type type)
{
    switch (type) {
    case CC_TYPE_INT:
        return "integer";
    case CC_TYPE_FLAG:
        return kind == PAGE_INPUTS ? "true or false" : "0 or 1";
    case CC_TYPE_TEXT:
        return "text";
    case CC_TYPE_MAP:
        return "map";
    case CC_TYPE_PAIR:
        return "two integers";
    case CC_TYPE_INTS:
        return "distinct integers";
    case CC_TYPE_STEPS:
        return "map from thresholds to factors";
    case CC_TYPE_FORMAT:
        return kind == PAGE_INPUTS ? "bits, the name of a format, or {bits, type}" : "number";
    case CC_TYPE_LIST:
        return "list of maps";
    case CC_TYPE_IGNORED:
        return "ignored";
    case CC_TYPE_REAL:
        break;
    }
    return "number";
}

/* Prints the default of a key. Texts and maps describe theirs in their own words. */
static void put_default(const struct cc_field *field)
{
    const bool number = field->type == CC_TYPE_REAL || field->type == CC_TYPE_INT;
    if (field->need == CC_REQUIRED)
        fputs(" ; needed", stdout);
    else if (field->type == CC_TYPE_FLAG)
        printf(" ; default %s", field->default_value != 0 ? "true" : "false");
    else if (number && !isnan(field->default_value))
        printf(" ; default %.12g", field->default_value);
    else if (field->type != CC_TYPE_IGNORED)
        fputs(" ; may be left out", stdout);
}

static void put_facts(enum page_kind kind, const struct cc_field *field)
{
    const bool ranged = field->type == CC_TYPE_REAL || field->type == CC_TYPE_INT || field->type == CC_TYPE_PAIR ||
                        field->type == CC_TYPE_INTS;
    printf(".Pq %s", type_name(kind, field->type));
    if (field->unit[0] != '\0')
        printf(" ; in %s", field->unit);
    if (ranged && field->range != CC_ANY)
        printf(" ; %s", cc_range_text(field->range));
    if (kind == PAGE_INPUTS)
        put_default(field);
    else if (field->need == CC_OPTIONAL && field->type != CC_TYPE_FLAG)
        fputs(" ; may be missing", stdout);
    putchar('\n');
}

static void put_fields(enum page_kind kind, const struct cc_fields *fields, const char *path)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct cc_field *field = &fields->field[i];
        char name[256];
        snprintf(name, sizeof name, "%s%s%s", path, path[0] != '\0' ? "." : "", field->name);
        page_item(name, field->doc);
        put_facts(kind, field);
        if (field->type == CC_TYPE_MAP || field->type == CC_TYPE_LIST)
            put_fields(kind, field->map, name);
    }
}

void page_fields(enum page_kind kind, const char *path, const struct cc_fields *fields)
{
    puts(".Bl -tag -width Ds -compact");
    put_fields(kind, fields, path);
    puts(".El");
}
