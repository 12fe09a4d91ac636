#include "model/convention.h"

static const struct cc_convention list[] = {
#define CC_CONVENTION_ROW(member, name, doc) {name, doc, offsetof(struct cc_conventions, member)},
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
#define CC_CONVENTION_ON(member, name, doc) .member = true,
        CC_CONVENTIONS(CC_CONVENTION_ON)
#undef CC_CONVENTION_ON
    };
}

struct cc_conventions cc_conventions_published(void)
{
    return (struct cc_conventions){0};
}
