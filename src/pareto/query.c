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
            return cc_fail(error, CC_USAGE, "--objective: the limit is %d objectives", OBJECTIVES_MAX);
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
            return cc_fail(error, CC_USAGE, "--group: the limit is %d fields", GROUP_FIELDS_MAX);
        query->group[query->groups++] = part;
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
