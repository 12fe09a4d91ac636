#include "base/field.h"

void cc_field_clear(const struct cc_field *field, void *object)
{
    void *value = cc_field_of(field, object);
    if (field->type == CC_TYPE_REAL)
        *(double *)value = field->default_value;
    else if (field->type == CC_TYPE_INT)
        *(int64_t *)value = isnan(field->default_value) ? CC_NO_INT : (int64_t)field->default_value;
    else if (field->type == CC_TYPE_FLAG)
        *(bool *)value = field->default_value != 0;
    else if (field->type == CC_TYPE_TEXT)
        *(struct cc_text *)value = (struct cc_text){NULL, 0};
    else if (field->type == CC_TYPE_FORMAT)
        memset(value, 0, sizeof(struct cc_number_format));
    else if (field->type == CC_TYPE_MAP) {
        *(bool *)((char *)object + field->has_offset) = false;
        cc_fields_clear(field->map, value);
    }
}

void cc_fields_clear(const struct cc_fields *fields, void *object)
{
    memset(object, 0, fields->size);
    for (size_t i = 0; i < fields->count; i++)
        cc_field_clear(&fields->field[i], object);
}

const struct cc_field *cc_fields_find(const struct cc_fields *fields, struct cc_text name, size_t expected)
{
    if (expected < fields->count && cc_field_is_named(&fields->field[expected], name))
        return &fields->field[expected];
    for (size_t i = 0; i < fields->count; i++)
        if (cc_field_is_named(&fields->field[i], name))
            return &fields->field[i];
    for (size_t i = 0; i < fields->alias_count; i++)
        if (cc_text_is(name, fields->alias[i].alias))
            return cc_fields_find(fields, cc_text_of(fields->alias[i].name), 0);
    return NULL;
}

const char *cc_fields_suggest(const struct cc_fields *fields, struct cc_text name)
{
    enum { NAMES_MAX = 128 };
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < fields->count && count < NAMES_MAX; i++)
        names[count++] = fields->field[i].name;
    return cc_text_nearest(name, names, count);
}

const char *cc_range_text(enum cc_range range)
{
    switch (range) {
    case CC_POSITIVE:
        return "greater than 0";
    case CC_NOT_NEGATIVE:
        return "0 or more";
    case CC_RATIO:
        return "between 0 and 1";
    case CC_PROPER_RATIO:
        return "greater than 0 and at most 1";
    case CC_BELOW_ONE:
        return "at least 0 and below 1";
    case CC_UPPER_HALF:
        return "at least 0.5 and below 1";
    case CC_AT_LEAST_ONE:
        return "1 or more";
    case CC_ANY:
        break;
    }
    return "any number";
}
