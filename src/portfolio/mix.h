/* mix.h: the models of a portfolio, their shares, and what each costs on a design of its own. */
#ifndef PORTFOLIO_MIX_H
#define PORTFOLIO_MIX_H

#include "base/error.h"
#include "base/text.h"

enum { MIX_MODELS_MAX = 64 };

/* Texts point into the command line. */
struct mix {
    size_t count;
    struct {
        struct cc_text name;
        double share;
        double own_usd; /* of a token; NAN: not known */
    } model[MIX_MODELS_MAX];
};

/* Parser of the option --mix, NAME=SHARE,...; `member` is the struct mix. A name may hold '=' itself. */
bool mix_parse(const char *text, void *member, struct cc_error *error);

/* The index of the model, or `count`. */
size_t mix_find(const struct mix *mix, struct cc_text name);

/* Reads what each model costs at best in a file of designs or evaluations. False when one is not in it. */
bool mix_read_own(struct mix *mix, const char *path, struct cc_error *error) CC_MUST_CHECK;

#endif
