#include "stream/conditions.h"

#include "base/number.h"

static const struct {
    const char *sign;
    enum cc_relation relation;
} relations[] = {{"<=", CC_LESS_EQUAL}, {">=", CC_GREATER_EQUAL}, {"!=", CC_NOT_EQUAL},
                 {"<", CC_LESS},        {">", CC_GREATER},        {"=", CC_EQUAL}};

/* Splits FIELD<=VALUE. */
static bool parse_condition(struct cc_text text, struct cc_condition *condition)
{
    size_t at = 0;
    while (at < text.len && strchr("<>=!", text.s[at]) == NULL)
        at++;
    const struct cc_text rest = {text.s + at, text.len - at};
    condition->path = (struct cc_text){text.s, at};
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++) {
        if (!cc_text_starts(rest, relations[i].sign))
            continue;
        const size_t sign = strlen(relations[i].sign);
        condition->relation = relations[i].relation;
        condition->text = (struct cc_text){rest.s + sign, rest.len - sign};
        condition->numeric = cc_parse_real(condition->text.s, condition->text.len, &condition->number);
        const bool ordered = condition->relation != CC_EQUAL && condition->relation != CC_NOT_EQUAL;
        return at > 0 && condition->text.len > 0 && (condition->numeric || !ordered);
    }
    return false;
}

bool cc_conditions_parse(const char *text, void *member, struct cc_error *error)
{
    struct cc_conditions *conditions = member;
    struct cc_text part;
    for (const char *list = text; cc_next_in_list(&list, &part);) {
        if (conditions->count == CC_CONDITIONS_MAX)
            return cc_fail(error, CC_USAGE, "--where: the limit is %d conditions", CC_CONDITIONS_MAX);
        if (!parse_condition(part, &conditions->condition[conditions->count]))
            return cc_fail(error, CC_USAGE,
                           "--where '%.*s': expected FIELD<=NUMBER (also < > >= = !=), or FIELD=TEXT, FIELD!=TEXT",
                           CC_TEXT_ARG(part));
        conditions->count++;
    }
    return true;
}

static bool holds_between(enum cc_relation relation, double a, double b)
{
    switch (relation) {
    case CC_LESS:
        return a < b;
    case CC_LESS_EQUAL:
        return a <= b;
    case CC_GREATER:
        return a > b;
    case CC_GREATER_EQUAL:
        return a >= b;
    case CC_EQUAL:
        return a == b;
    case CC_NOT_EQUAL:
        break;
    }
    return a != b;
}

bool cc_condition_holds(const struct cc_condition *condition, const struct cc_tape *tape, const struct cc_item *value,
                        bool *holds, struct cc_error *error)
{
    *holds = false;
    if (value->type == CC_ITEM_NIL)
        return true;
    if (value->type == CC_ITEM_TEXT && (condition->relation == CC_EQUAL || condition->relation == CC_NOT_EQUAL)) {
        const bool equal = cc_text_equal(cc_item_text(tape, value), condition->text);
        *holds = equal == (condition->relation == CC_EQUAL);
        return true;
    }
    if (!condition->numeric)
        return cc_fail(error, CC_BAD_DATA, "%.*s is %s; --where compares it with the text %.*s",
                       CC_TEXT_ARG(condition->path), cc_item_type_name(value), CC_TEXT_ARG(condition->text));
    if (!cc_item_is_number(value))
        return cc_fail(error, CC_BAD_DATA, "%.*s: --where requires a number, got %s", CC_TEXT_ARG(condition->path),
                       cc_item_type_name(value));
    *holds = holds_between(condition->relation, cc_item_number(value), condition->number);
    return true;
}
