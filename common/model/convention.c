#include "model/convention.h"

static const struct cc_convention list[] = {
#define CC_CONVENTION_ROW(member, name, built, doc) {name, built, doc, offsetof(struct cc_conventions, member)},
    CC_CONVENTIONS(CC_CONVENTION_ROW)
#undef CC_CONVENTION_ROW
};

const struct cc_convention *cc_convention_list(size_t *count)
{
    *count = sizeof list / sizeof list[0];
    return list;
}

struct cc_conventions cc_conventions_corrected(void)
{
    return (struct cc_conventions){
#define CC_CONVENTION_BUILT(member, name, built, doc) .member = (built),
        CC_CONVENTIONS(CC_CONVENTION_BUILT)
#undef CC_CONVENTION_BUILT
    };
}

struct cc_conventions cc_conventions_published(void)
{
    return (struct cc_conventions){0};
}
