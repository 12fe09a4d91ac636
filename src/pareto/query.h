/* query.h: what pareto is asked: objectives, groups, conditions. */
#ifndef PARETO_QUERY_H
#define PARETO_QUERY_H

#include <stdint.h>

#include "base/error.h"
#include "frontier.h"
#include "stream/conditions.h"

enum { GROUP_FIELDS_MAX = 16 };

struct objective {
    struct cc_text path;
    bool maximize;
};

/* Texts point into the command line. */
struct query {
    struct objective objective[OBJECTIVES_MAX];
    size_t objectives;
    struct cc_conditions where;
    struct cc_text group[GROUP_FIELDS_MAX];
    size_t groups;
    bool group_given; /* then the fields must be there */
    int64_t top;      /* 0: the frontier */
};

/* Parsers of options; `member` is the struct query. */
bool query_parse_objectives(const char *text, void *member, struct cc_error *error);
bool query_parse_groups(const char *text, void *member, struct cc_error *error);
bool query_parse_top(const char *text, void *member, struct cc_error *error);

#endif
