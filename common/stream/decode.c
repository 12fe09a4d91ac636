#include "stream/decode.h"

#include "stream/place.h"
#include "stream/writer.h"

static bool fail_missing(const struct cc_place *place, struct cc_error *error)
{
    char text[CC_PLACE_TEXT];
    cc_place_text(place, text);
    return cc_fail(error, CC_BAD_DATA, "%s is missing", text);
}

static bool fail_type(const struct cc_place *place, const char *expected, const struct cc_item *item,
                      struct cc_error *error)
{
    char text[CC_PLACE_TEXT];
    cc_place_text(place, text);
    return cc_fail(error, CC_BAD_DATA, "%s: expected %s, got %s", text, expected, cc_item_type_name(item));
}

static bool fail_range(const struct cc_place *place, double value, enum cc_range range, struct cc_error *error)
{
    char text[CC_PLACE_TEXT];
    cc_place_text(place, text);
    return cc_fail(error, CC_BAD_DATA, "%s: %.15g is not %s", text, value, cc_range_text(range));
}

static bool fail_too_large(const struct cc_place *place, int64_t value, struct cc_error *error)
{
    char text[CC_PLACE_TEXT];
    cc_place_text(place, text);
    return cc_fail(error, CC_BAD_DATA, "%s: %lld exceeds 2^53", text, (long long)value);
}

static bool fail_duplicate(const struct cc_place *place, struct cc_error *error)
{
    char text[CC_PLACE_TEXT];
    cc_place_text(place, text);
    return cc_fail(error, CC_BAD_DATA, "%s: duplicate field", text);
}

/* An entry on its way into a struct. */
struct decoder {
    const struct cc_tape *tape;
    const struct cc_item *value; /* of the entry */
    char *object;
    struct cc_decoded *decoded; /* where its numbers are noted, or NULL */
};

static bool decode_map(const struct decoder *d, const struct cc_item *map, const struct cc_fields *fields, void *object,
                       const struct cc_place *place, struct cc_error *error);

static bool decode_number(const struct cc_item *item, const struct cc_field *field, void *value,
                          const struct cc_place *place, struct cc_error *error)
{
    if (field->type == CC_TYPE_REAL) {
        if (!cc_item_is_number(item))
            return fail_type(place, "a number", item, error);
        *(double *)value = cc_item_number(item);
    } else if (field->type == CC_TYPE_INT) {
        const double exact = 9007199254740992.0; /* 2^53 */
        const bool whole =
            item->type == CC_ITEM_REAL && item->as.real == floor(item->as.real) && fabs(item->as.real) <= exact;
        if (item->type != CC_ITEM_INT && !whole)
            return fail_type(place, "an integer", item, error);
        *(int64_t *)value = whole ? (int64_t)item->as.real : item->as.i;
        if (item->type == CC_ITEM_INT && (item->as.i > (int64_t)exact || item->as.i < -(int64_t)exact))
            return fail_too_large(place, item->as.i, error);
    } else {
        const bool number = cc_item_is_number(item) && (cc_item_number(item) == 0 || cc_item_number(item) == 1);
        if (item->type != CC_ITEM_BOOL && !number)
            return fail_type(place, "0 or 1", item, error);
        *(bool *)value = number ? cc_item_number(item) == 1 : item->as.truth;
        return true;
    }
    if (!cc_in_range(field->range, cc_item_number(item)))
        return fail_range(place, cc_item_number(item), field->range, error);
    return true;
}

static bool decode_value(const struct decoder *d, const struct cc_item *item, const struct cc_field *field,
                         void *object, const struct cc_place *outer, struct cc_error *error)
{
    const struct cc_place place = {outer, field->name};
    void *value = cc_field_of(field, object);
    if (field->type == CC_TYPE_TEXT) {
        if (item->type != CC_ITEM_TEXT)
            return fail_type(&place, "text", item, error);
        *(struct cc_text *)value = cc_item_text(d->tape, item);
        return true;
    }
    if (field->type == CC_TYPE_MAP) {
        *(bool *)((char *)object + field->has_offset) = true;
        return decode_map(d, item, field->map, value, &place, error);
    }
    if (field->type == CC_TYPE_FORMAT) {
        if (!cc_item_is_number(item))
            return fail_type(&place, "a number", item, error);
        *(struct cc_number_format *)value = cc_number_format_of_bits(cc_item_number(item));
        return cc_in_range(field->range, cc_item_number(item)) ||
               fail_range(&place, cc_item_number(item), field->range, error);
    }
    return decode_number(item, field, value, &place, error);
}

/* Values as they mostly are: a double of the range, a small integer of it, 0 or 1. False: decode_value says what else
 * it is. */
static inline bool decode_common(const struct cc_item *item, enum cc_type type, enum cc_range range, void *value)
{
    if (item->type == CC_ITEM_REAL && type == CC_TYPE_REAL) {
        *(double *)value = item->as.real;
        return cc_in_interval(range, item->as.real);
    }
    if (item->type == CC_ITEM_INT && type == CC_TYPE_INT) {
        *(int64_t *)value = item->as.i;
        return (uint64_t)item->as.i < INT32_MAX && cc_in_interval(range, (double)item->as.i);
    }
    if (item->type == CC_ITEM_INT && type == CC_TYPE_FLAG) {
        *(bool *)value = item->as.i == 1;
        return (uint64_t)item->as.i <= 1;
    }
    return false;
}

enum { UNKNOWN = CC_SHAPE_NUMBERS_MAX + 1 }; /* numbers that are not of the common kind, or too many */

static void note_number(const struct decoder *d, const struct cc_item *item, const struct cc_field *field, void *object,
                        bool common)
{
    struct cc_decoded *decoded = d->decoded;
    if (decoded == NULL || decoded->count == UNKNOWN || !cc_item_is_number(item))
        return;
    if (!common || decoded->count == CC_SHAPE_NUMBERS_MAX) {
        decoded->count = UNKNOWN;
        return;
    }
    decoded->number[decoded->count].item = (uint32_t)(item - d->value);
    decoded->number[decoded->count].offset = (uint32_t)((char *)cc_field_of(field, object) - d->object);
    decoded->number[decoded->count].type = field->type;
    decoded->number[decoded->count++].range = field->range;
}

/* Gives fields that are not there their defaults; false when one of them is required. */
static bool complete(const struct cc_fields *fields, const bool *found, void *object, const struct cc_place *place,
                     struct cc_error *error)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct cc_field *field = &fields->field[i];
        const struct cc_place missing = {place, field->name};
        if (found[i])
            continue;
        if (field->need == CC_REQUIRED)
            return fail_missing(&missing, error);
        cc_field_clear(field, object);
    }
    return true;
}

/* The field of that name, which is that of index `expected` when keys come in the order in which programs write them.
 */
static inline const struct cc_field *find_field(const struct cc_fields *fields, struct cc_text name, size_t expected)
{
    if (expected < fields->count && cc_field_is_named(&fields->field[expected], name))
        return &fields->field[expected];
    return cc_fields_find(fields, name, expected + 1);
}

enum { FIELDS_MAX = 128 };

static bool decode_map(const struct decoder *d, const struct cc_item *map, const struct cc_fields *fields, void *object,
                       const struct cc_place *place, struct cc_error *error)
{
    bool found[FIELDS_MAX];
    const struct cc_item *at = map + 1;
    size_t expected = 0;
    memset(found, 0, fields->count);
    if (map->type != CC_ITEM_MAP)
        return fail_type(place, "a map", map, error);
    for (uint32_t i = 0; i < map->count; i++) {
        const struct cc_item *value = cc_item_next(at);
        const struct cc_field *field = find_field(fields, cc_item_text(d->tape, at), expected);
        if (field != NULL) {
            const size_t index = (size_t)(field - fields->field);
            const struct cc_place twice = {place, field->name};
            if (found[index])
                return fail_duplicate(&twice, error);
            const bool common = decode_common(value, field->type, field->range, cc_field_of(field, object));
            if (!common && !decode_value(d, value, field, object, place, error))
                return false;
            note_number(d, value, field, object, common);
            found[index] = true;
            expected = index + 1;
        }
        at = cc_item_next(value);
    }
    return complete(fields, found, object, place, error);
}

static bool decode_entry(const struct cc_record *record, const struct cc_entry *entry, const char *key,
                         const struct cc_fields *fields, void *object, struct cc_decoded *decoded,
                         struct cc_error *error)
{
    const struct cc_place place = {NULL, key};
    if (entry == NULL)
        return fail_missing(&place, error);
    const struct decoder decoder = {record->tape, entry->value, object, decoded};
    return decode_map(&decoder, entry->value, fields, object, &place, error);
}

bool cc_decode_entry(const struct cc_record *record, const char *key, const struct cc_fields *fields, void *object,
                     struct cc_error *error)
{
    return decode_entry(record, cc_record_find(record, key), key, fields, object, NULL, error);
}

/* Takes the numbers of an entry that is like the one that the object is from. False: not all are of the common kind
 * now. */
static bool decode_numbers(const struct cc_entry *entry, const struct cc_decoded *decoded, void *object)
{
    if (decoded->count == UNKNOWN)
        return false;
    for (size_t i = 0; i < decoded->count; i++)
        if (!decode_common(entry->value + decoded->number[i].item, decoded->number[i].type, decoded->number[i].range,
                           (char *)object + decoded->number[i].offset))
            return false;
    return true;
}

bool cc_decode_changed(const struct cc_record *record, const char *key, const struct cc_fields *fields, void *object,
                       struct cc_decoded *decoded, struct cc_error *error)
{
    const struct cc_entry *entry = cc_record_find(record, key);
    if (entry != NULL && entry->since == decoded->since)
        return true;
    if (entry == NULL || entry->alike_since != decoded->alike_since || !decode_numbers(entry, decoded, object)) {
        decoded->since = decoded->alike_since = decoded->count = 0;
        if (!decode_entry(record, entry, key, fields, object, decoded, error))
            return false;
    }
    decoded->since = entry->since;
    decoded->alike_since = entry->alike_since;
    return true;
}
