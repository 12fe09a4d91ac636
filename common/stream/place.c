#include "stream/place.h"

#include <stdio.h>

void cc_place_text(const struct cc_place *place, char text[CC_PLACE_TEXT])
{
    if (place->outer == NULL) {
        snprintf(text, CC_PLACE_TEXT, "%s", place->name);
        return;
    }
    cc_place_text(place->outer, text);
    const size_t used = strlen(text);
    snprintf(text + used, CC_PLACE_TEXT - used, ".%s", place->name);
}

/* Walks an incomplete object. The extent of a container that is not closed says how far it got, not how far it goes. */
struct search {
    const struct cc_tape *tape;
    char *text;
};

static size_t append_key(const struct search *search, size_t used, size_t item)
{
    const struct cc_text key = cc_item_text(search->tape, &search->tape->items[item]);
    const int len = snprintf(search->text + used, CC_PLACE_TEXT - used, ".%.*s", CC_TEXT_ARG(key));
    return used + (size_t)len < CC_PLACE_TEXT ? used + (size_t)len : CC_PLACE_TEXT - 1;
}

static size_t append_index(const struct search *search, size_t used, uint32_t index)
{
    const int len = snprintf(search->text + used, CC_PLACE_TEXT - used, "[%u]", index);
    return used + (size_t)len < CC_PLACE_TEXT ? used + (size_t)len : CC_PLACE_TEXT - 1;
}

/* Where the object at `at` ends; SIZE_MAX when the tape ends first, and then its path is in the text from `used` on. */
static size_t end_of(const struct search *search, size_t at, size_t used)
{
    const size_t count = search->tape->count;
    if (at >= count)
        return SIZE_MAX;
    const struct cc_item *item = &search->tape->items[at++];
    if (item->type != CC_ITEM_MAP && item->type != CC_ITEM_ARRAY)
        return at;
    for (uint32_t i = 0; i < item->count; i++) {
        search->text[used] = '\0';
        if (item->type == CC_ITEM_MAP && at >= count)
            return SIZE_MAX; /* a key */
        const size_t inner = item->type == CC_ITEM_MAP ? append_key(search, used, at++) : append_index(search, used, i);
        at = end_of(search, at, inner);
        if (at == SIZE_MAX)
            return SIZE_MAX;
    }
    search->text[used] = '\0';
    return at;
}

void cc_place_of_next(const struct cc_tape *tape, size_t first, struct cc_text key, char text[CC_PLACE_TEXT])
{
    const struct search search = {tape, text};
    const int len = snprintf(text, CC_PLACE_TEXT, "%.*s", CC_TEXT_ARG(key));
    (void)end_of(&search, first, (size_t)len);
}
