/* query.h: what pareto is asked: objectives, groups, conditions. */
#ifndef PARETO_QUERY_H
#define PARETO_QUERY_H

#include <stdint.h>

#include "base/error.h"
#include "frontier.h"

enum { CONDITIONS_MAX = 32, GROUP_FIELDS_MAX = 16 };

struct objective {
    struct cc_text path;
    bool maximize;
};

enum relation { LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL };

struct condition {
    struct cc_text path;
    enum relation relation;
    bool numeric; /* the value is a number; otherwise a text, for EQUAL and NOT_EQUAL alone */
    double number;
    struct cc_text text;
};

/* Texts point into the command line. */
struct query {
    struct objective objective[OBJECTIVES_MAX];
    size_t objectives;
    struct condition condition[CONDITIONS_MAX];
    size_t conditions;
    struct cc_text group[GROUP_FIELDS_MAX];
    size_t groups;
    bool group_given; /* then the fields must be there */
    int64_t top;      /* 0: the frontier */
};

/* Parsers of options; `member` is the struct query. */
bool query_parse_objectives(const char *text, void *member, struct cc_error *error);
bool query_parse_conditions(const char *text, void *member, struct cc_error *error);
bool query_parse_groups(const char *text, void *member, struct cc_error *error);
bool query_parse_top(const char *text, void *member, struct cc_error *error);

/* Whether the relation holds. */
bool query_holds(enum relation relation, double a, double b);

#endif
