#include "query.h"

#include <stdint.h>

#include "base/number.h"
#include "stream/path.h"

bool query_parse_objectives(const char *text, void *member, struct cc_error *error)
{
    struct query *query = member;
    struct cc_text part;
    query->objectives = 0;
    for (const char *list = text; cc_next_in_list(&list, &part);) {
        const bool maximize = cc_text_starts(part, "max:");
        if ((!maximize && !cc_text_starts(part, "min:")) || part.len == 4)
            return cc_fail(error, CC_USAGE, "--objective %.*s: expected min:FIELD or max:FIELD", CC_TEXT_ARG(part));
        const struct cc_text path = {part.s + 4, part.len - 4};
        for (size_t i = 0; i < query->objectives; i++)
            if (cc_text_equal(query->objective[i].path, path))
                return cc_fail(error, CC_USAGE, "--objective %s: %.*s is named twice: expected each field once", text,
                               CC_TEXT_ARG(path));
        if (query->objectives == OBJECTIVES_MAX)
            return cc_fail(error, CC_USAGE, "--objective: at most %d objectives", OBJECTIVES_MAX);
        query->objective[query->objectives++] = (struct objective){path, maximize};
    }
    return true;
}

bool query_parse_groups(const char *text, void *member, struct cc_error *error)
{
    struct query *query = member;
    struct cc_text part;
    query->groups = 0;
    query->group_given = true;
    for (const char *list = text; cc_next_in_list(&list, &part);) {
        if (part.len == 0)
            return cc_fail(error, CC_USAGE, "--group %s: expected FIELD,FIELD...", text);
        for (size_t i = 0; i < query->groups; i++)
            if (cc_text_equal(query->group[i], part))
                return cc_fail(error, CC_USAGE, "--group %s: %.*s is named twice: expected each field once", text,
                               CC_TEXT_ARG(part));
        if (query->groups == GROUP_FIELDS_MAX)
            return cc_fail(error, CC_USAGE, "--group: at most %d fields", GROUP_FIELDS_MAX);
        query->group[query->groups++] = part;
    }
    return true;
}

static const struct {
    const char *sign;
    enum relation relation;
} relations[] = {{"<=", LESS_EQUAL}, {">=", GREATER_EQUAL}, {"!=", NOT_EQUAL},
                 {"<", LESS},        {">", GREATER},        {"=", EQUAL}};

/* Splits FIELD<=VALUE. */
static bool parse_condition(struct cc_text text, struct condition *condition)
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
        const bool ordered = condition->relation != EQUAL && condition->relation != NOT_EQUAL;
        return at > 0 && condition->text.len > 0 && (condition->numeric || !ordered);
    }
    return false;
}

bool query_parse_conditions(const char *text, void *member, struct cc_error *error)
{
    struct query *query = member;
    struct cc_text part;
    for (const char *list = text; cc_next_in_list(&list, &part);) {
        if (query->conditions == CONDITIONS_MAX)
            return cc_fail(error, CC_USAGE, "--where: at most %d conditions", CONDITIONS_MAX);
        if (!parse_condition(part, &query->condition[query->conditions]))
            return cc_fail(error, CC_USAGE,
                           "--where '%.*s': expected FIELD<=NUMBER (also < > >= = !=), or FIELD=TEXT, FIELD!=TEXT",
                           CC_TEXT_ARG(part));
        query->conditions++;
    }
    return true;
}

bool query_parse_top(const char *text, void *member, struct cc_error *error)
{
    struct query *query = member;
    if (!cc_parse_int(text, strlen(text), &query->top) || query->top < 1)
        return cc_fail(error, CC_USAGE, "--top %s: expected an integer of 1 or more", text);
    return true;
}

bool query_holds(enum relation relation, double a, double b)
{
    switch (relation) {
    case LESS:
        return a < b;
    case LESS_EQUAL:
        return a <= b;
    case GREATER:
        return a > b;
    case GREATER_EQUAL:
        return a >= b;
    case EQUAL:
        return a == b;
    case NOT_EQUAL:
        break;
    }
    return a != b;
}
