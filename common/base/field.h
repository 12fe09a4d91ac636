/* field.h: one definition of each field of a record and each key of an input file.
 *
 * A list macro names the fields once; from it come the struct, the table that encodes, decodes and checks, and the
 * documentation:
 *
 *     #define CC_LINK_FIELDS(X, T) \
 *         X##_REAL(T, bytes_per_s, "bytes_per_s", CC_REQUIRED, 0, CC_POSITIVE, "B/s", "bandwidth in one direction")
 *     struct cc_link { CC_LINK_FIELDS(CC_MEMBER, ) };
 *     CC_DEFINE_FIELDS(cc_link_fields, CC_LINK_FIELDS, struct cc_link, "link");
 *
 * Fields that are in two lists, above all as a key of an input file and as a field of a record, are defined in a list of
 * their own, which both take in at its place. AS chooses where the two differ; all else is the same for both:
 *
 *     #define CC_LINK_START(X, T, AS) \
 *         X##_REAL(T, init_s, AS("init_time", "init_s"), CC_OPTIONAL, 1e-10, CC_NOT_NEGATIVE, "s", "time before the first byte")
 *     #define CC_LINK_INPUT(X, T) ... CC_LINK_START(X, T, CC_AS_KEY)
 *     #define CC_LINK_FIELDS(X, T) ... CC_LINK_START(X, T, CC_AS_FIELD)
 *
 * lint-layers refuses a field that is defined in two lists.
 *
 * A field is required or optional. An optional one takes its default when it is absent. The default NAN means "no value":
 * such a field is left out when it is written. Integers say the same with CC_NO_INT, texts with length 0, maps with
 * has_<member>. */
#ifndef CC_BASE_FIELD_H
#define CC_BASE_FIELD_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/number_format.h"
#include "base/text.h"

enum cc_type {
    CC_TYPE_REAL, /* double, finite */
    CC_TYPE_INT,  /* int64_t */
    CC_TYPE_FLAG, /* bool; an integer 0 or 1 in a record */
    CC_TYPE_TEXT, /* struct cc_text */
    CC_TYPE_MAP,  /* another struct made from a list */
    CC_TYPE_PAIR, /* struct cc_lengths: two integers (input files only) */
    CC_TYPE_INTS, /* struct cc_ints: distinct integers (input files only) */
    CC_TYPE_STEPS, /* struct cc_steps: {threshold: factor} (input files only) */
    CC_TYPE_FORMAT, /* struct cc_number_format: bits, a name, or {bits, type}; in a record the bits */
    CC_TYPE_LIST, /* struct cc_list of another struct made from a list (input files only) */
    CC_TYPE_IGNORED, /* a key of published files that no equation uses (input files only) */
};

enum cc_need { CC_OPTIONAL, CC_REQUIRED };

enum cc_range {
    CC_ANY,
    CC_POSITIVE,     /* > 0 */
    CC_NOT_NEGATIVE, /* >= 0 */
    CC_RATIO,        /* 0 .. 1 */
    CC_PROPER_RATIO, /* > 0 .. 1 */
    CC_BELOW_ONE,    /* >= 0 .. < 1 */
    CC_UPPER_HALF,   /* >= 0.5 .. < 1 */
    CC_AT_LEAST_ONE, /* >= 1 */
};

#define CC_NO_INT INT64_MIN

/* Prefill and generate length of a workload, in tokens. */
struct cc_lengths {
    int64_t prefill, generate;
};

enum { CC_INTS_MAX = 64 };

/* Distinct integers, in file order, which belong to the input that they were read from. None: the key is absent. */
struct cc_ints {
    size_t count;
    const int64_t *value;
};

enum { CC_STEPS_MAX = 16 };

/* A step function given as {threshold: factor}, in file order. */
struct cc_steps {
    size_t count;
    double threshold[CC_STEPS_MAX], factor[CC_STEPS_MAX];
};

/* Structs of one table, one after the other; they belong to what they were read from. */
struct cc_list {
    size_t count;
    const void *items;
};

struct cc_fields;

struct cc_field {
    const char *name;
    size_t name_len;
    enum cc_type type;
    enum cc_need need;
    enum cc_range range;
    size_t offset, has_offset; /* of the member, and of has_<member> for a map */
    double default_value;
    const char *unit, *doc;
    const struct cc_fields *map; /* of a CC_TYPE_MAP; of the items of a CC_TYPE_LIST */
};

/* Another name that a key goes by in files of other tools. */
struct cc_alias {
    const char *alias, *name;
};

struct cc_fields {
    const char *name;
    const struct cc_field *field;
    size_t count;
    size_t size; /* of the struct */
    const struct cc_alias *alias;
    size_t alias_count;
};

/* Expansion of AS in a list macro. */
#define CC_AS_KEY(key, field) key
#define CC_AS_FIELD(key, field) field

/* Expansion of X in a list macro when a struct is made ... */
#define CC_MEMBER_REAL(T, member, name, need, default_value, range, unit, doc) double member;
#define CC_MEMBER_INT(T, member, name, need, default_value, range, unit, doc) int64_t member;
#define CC_MEMBER_FLAG(T, member, name, default_value, doc) bool member;
#define CC_MEMBER_TEXT(T, member, name, need, doc) struct cc_text member;
#define CC_MEMBER_MAP(T, member, name, need, map, doc) \
    struct map member; \
    bool has_##member;
#define CC_MEMBER_PAIR(T, member, name, doc) struct cc_lengths member;
#define CC_MEMBER_INTS(T, member, name, range, doc) struct cc_ints member;
#define CC_MEMBER_STEPS(T, member, name, doc) struct cc_steps member;
#define CC_MEMBER_FORMAT(T, member, name, doc) struct cc_number_format member;
#define CC_MEMBER_LIST(T, member, name, map, doc) struct cc_list member;
#define CC_MEMBER_IGNORED(T, name, doc)

/* ... and when a table is made. */
#define CC_ROW_REAL(T, member, name, need, default_value, range, unit, doc) \
    {name, sizeof(name) - 1, CC_TYPE_REAL, need, range, offsetof(T, member), 0, default_value, unit, doc, NULL},
#define CC_ROW_INT(T, member, name, need, default_value, range, unit, doc) \
    {name, sizeof(name) - 1, CC_TYPE_INT, need, range, offsetof(T, member), 0, default_value, unit, doc, NULL},
#define CC_ROW_FLAG(T, member, name, default_value, doc) \
    {name, sizeof(name) - 1, CC_TYPE_FLAG, CC_OPTIONAL, CC_ANY, offsetof(T, member), 0, default_value, "", doc, NULL},
#define CC_ROW_TEXT(T, member, name, need, doc) \
    {name, sizeof(name) - 1, CC_TYPE_TEXT, need, CC_ANY, offsetof(T, member), 0, 0, "", doc, NULL},
#define CC_ROW_MAP(...) CC_ROW_MAP_OF(__VA_ARGS__) /* `map` may be made by AS, which ## would not expand */
#define CC_ROW_MAP_OF(T, member, name, need, map, doc) \
    {name, sizeof(name) - 1, CC_TYPE_MAP, need, CC_ANY, offsetof(T, member), offsetof(T, has_##member), 0, "", doc, &map##_fields},
#define CC_ROW_PAIR(T, member, name, doc) \
    {name, sizeof(name) - 1, CC_TYPE_PAIR, CC_OPTIONAL, CC_POSITIVE, offsetof(T, member), 0, 0, "tokens", doc, NULL},
#define CC_ROW_INTS(T, member, name, range, doc) \
    {name, sizeof(name) - 1, CC_TYPE_INTS, CC_OPTIONAL, range, offsetof(T, member), 0, 0, "", doc, NULL},
#define CC_ROW_STEPS(T, member, name, doc) \
    {name, sizeof(name) - 1, CC_TYPE_STEPS, CC_REQUIRED, CC_ANY, offsetof(T, member), 0, 0, "", doc, NULL},
#define CC_ROW_FORMAT(T, member, name, doc) \
    {name, sizeof(name) - 1, CC_TYPE_FORMAT, CC_OPTIONAL, CC_POSITIVE, offsetof(T, member), 0, 0, "bit", doc, NULL},
#define CC_ROW_LIST(T, member, name, map, doc) \
    {name, sizeof(name) - 1, CC_TYPE_LIST, CC_OPTIONAL, CC_ANY, offsetof(T, member), 0, 0, "", doc, &map##_fields},
#define CC_ROW_IGNORED(T, name, doc) {name, sizeof(name) - 1, CC_TYPE_IGNORED, CC_OPTIONAL, CC_ANY, 0, 0, 0, "", doc, NULL},

#define CC_DEFINE_FIELDS(variable, LIST, T, name) \
    static const struct cc_field variable##_rows[] = {LIST(CC_ROW, T)}; \
    const struct cc_fields variable = {name, variable##_rows, sizeof variable##_rows / sizeof variable##_rows[0], \
                                       sizeof(T), NULL, 0}

/* The same, with an array of aliases. */
#define CC_DEFINE_FIELDS_ALIASED(variable, LIST, T, name, aliases) \
    static const struct cc_field variable##_rows[] = {LIST(CC_ROW, T)}; \
    const struct cc_fields variable = {name, variable##_rows, sizeof variable##_rows / sizeof variable##_rows[0], \
                                       sizeof(T), aliases, sizeof aliases / sizeof aliases[0]}

/* Where a field's value stands inside its struct. */
static inline void *cc_field_of(const struct cc_field *field, void *object)
{
    return (char *)object + field->offset;
}
static inline const void *cc_field_in(const struct cc_field *field, const void *object)
{
    return (const char *)object + field->offset;
}

/* Sets every member to its default; one that a record may have. */
void cc_fields_clear(const struct cc_fields *fields, void *object);
void cc_field_clear(const struct cc_field *field, void *object);

static inline bool cc_field_is_named(const struct cc_field *field, struct cc_text name)
{
    return name.len == field->name_len && cc_name_equal(name.s, field->name, name.len);
}

/* The field of that name or alias, or NULL; looks at `expected` first, which saves the search when names come in order. */
const struct cc_field *cc_fields_find(const struct cc_fields *fields, struct cc_text name, size_t expected);

/* The name of a field near to `name`, or NULL. */
const char *cc_fields_suggest(const struct cc_fields *fields, struct cc_text name);

/* True when `value` lies in the range; cc_range_text says what would: "greater than 0", "between 0 and 1". */
static inline bool cc_in_range(enum cc_range range, double value)
{
    switch (range) {
    case CC_POSITIVE:
        return value > 0;
    case CC_NOT_NEGATIVE:
        return value >= 0;
    case CC_RATIO:
        return value >= 0 && value <= 1;
    case CC_PROPER_RATIO:
        return value > 0 && value <= 1;
    case CC_BELOW_ONE:
        return value >= 0 && value < 1;
    case CC_UPPER_HALF:
        return value >= 0.5 && value < 1;
    case CC_AT_LEAST_ONE:
        return value >= 1;
    case CC_ANY:
        break;
    }
    return true;
}
const char *cc_range_text(enum cc_range range);

#endif
