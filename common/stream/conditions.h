/* conditions.h: what --where asks of a record or a row: FIELD<=NUMBER and the like, all of which must hold. */
#ifndef CC_STREAM_CONDITIONS_H
#define CC_STREAM_CONDITIONS_H

#include "stream/path.h"

enum { CC_CONDITIONS_MAX = 32 };

enum cc_relation { CC_LESS, CC_LESS_EQUAL, CC_GREATER, CC_GREATER_EQUAL, CC_EQUAL, CC_NOT_EQUAL };

struct cc_condition {
    struct cc_text path;
    enum cc_relation relation;
    bool numeric; /* the value is a number; otherwise a text, for equal and not equal alone */
    double number;
    struct cc_text text;
};

/* Texts point into the command line. */
struct cc_conditions {
    struct cc_condition condition[CC_CONDITIONS_MAX];
    size_t count;
};

/* Parser of the option --where, whose conditions it adds; `member` is the struct cc_conditions. */
bool cc_conditions_parse(const char *text, void *member, struct cc_error *error);

/* Whether the value of the condition's field meets it; nil meets none. False, with an error, when the two cannot be compared. */
bool cc_condition_holds(const struct cc_condition *condition, const struct cc_tape *tape, const struct cc_item *value,
                        bool *holds, struct cc_error *error) CC_MUST_CHECK;

#endif
