#include "model/reject.h"

bool cc_rejected(struct cc_reject *reject, enum cc_reason reason, double value, double limit)
{
    *reject = (struct cc_reject){reason, value, limit};
    return false;
}

static const struct {
    const char *name, *doc;
} reasons[CC_REASON_COUNT] = {[CC_NOT_REJECTED] = {"none", ""},
#define CC_REASON_ROW(id, name, doc) [CC_REJECT_##id] = {name, doc},
                              CC_REASONS(CC_REASON_ROW)
#undef CC_REASON_ROW
};

const char *cc_reason_name(enum cc_reason reason)
{
    return reasons[reason].name;
}

const char *cc_reason_doc(enum cc_reason reason)
{
    return reasons[reason].doc;
}
