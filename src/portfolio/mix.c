#include "mix.h"

#include <math.h>

#include "base/number.h"
#include "offer.h"
#include "record/bounds.h"

static bool parse_part(struct mix *mix, struct cc_text part, struct cc_error *error)
{
    size_t at = part.len;
    while (at > 0 && part.s[at - 1] != '=')
        at--;
    const struct cc_text name = {part.s, at > 0 ? at - 1 : 0};
    double share = 0;
    if (name.len == 0 || !cc_parse_real(part.s + at, part.len - at, &share))
        return cc_fail(error, CC_USAGE, "--mix '%.*s': expected MODEL=SHARE", CC_TEXT_ARG(part));
    if (!(share > 0 && share <= 1))
        return cc_fail(error, CC_USAGE, "--mix '%.*s': expected a share above 0 and at most 1", CC_TEXT_ARG(part));
    if (name.len > CC_KEY_BYTES_MAX || cc_text_is(name, "schema"))
        return cc_fail(error, CC_USAGE,
                       "--mix '%.*s': a model of this name cannot be a key of a record: rename "
                       "it with llm-map --name",
                       CC_TEXT_ARG(part));
    if (mix_find(mix, name) < mix->count)
        return cc_fail(error, CC_USAGE, "--mix: %.*s is named twice: expected each model once", CC_TEXT_ARG(name));
    if (mix->count == MIX_MODELS_MAX)
        return cc_fail(error, CC_USAGE, "--mix: the limit is %d models", MIX_MODELS_MAX);
    mix->model[mix->count].name = name;
    mix->model[mix->count].own_usd = NAN;
    mix->model[mix->count++].share = share;
    return true;
}

bool mix_parse(const char *text, void *member, struct cc_error *error)
{
    const double rounding = 1e-9; /* of shares written with few digits, such as 0.333333333 */
    struct mix *mix = member;
    struct cc_text part;
    double sum = 0;
    mix->count = 0;
    for (const char *list = text; cc_next_in_list(&list, &part);) {
        if (!parse_part(mix, part, error))
            return false;
        sum += mix->model[mix->count - 1].share;
    }
    return fabs(sum - 1) <= rounding ||
           cc_fail(error, CC_USAGE, "--mix %s: the shares sum to %.10g: expected 1", text, sum);
}

size_t mix_find(const struct mix *mix, struct cc_text name)
{
    size_t i = 0;
    while (i < mix->count && !cc_text_equal(mix->model[i].name, name))
        i++;
    return i;
}

/* Description of the model in the record. */
static bool take_own(struct mix *mix, const struct cc_record *record, struct cc_error *error)
{
    static const struct cc_conditions none;
    struct offer offer;
    struct cc_text name;
    if (!offer_model(record, &name, error))
        return false;
    const size_t i = mix_find(mix, name);
    if (i == mix->count)
        return true;
    if (!offer_find(&offer, record, &none, NULL, error))
        return false;
    if (offer.found && !(offer.usd >= mix->model[i].own_usd))
        mix->model[i].own_usd = offer.usd;
    return true;
}

bool mix_read_own(struct mix *mix, const char *path, struct cc_error *error)
{
    struct cc_reader *reader = cc_reader_new(&path, 1);
    struct cc_record record;
    enum cc_read_status status = CC_READ_FAILED;
    if (reader == NULL)
        return cc_fail_memory(error);
    while ((status = cc_reader_next(reader, &record, error)) == CC_READ_RECORD)
        if (!take_own(mix, &record, error)) {
            cc_reader_blame(reader, error);
            status = CC_READ_FAILED;
            break;
        }
    cc_reader_free(reader);
    for (size_t i = 0; i < mix->count && status == CC_READ_END; i++)
        if (isnan(mix->model[i].own_usd))
            return cc_fail(error, CC_BAD_DATA, "%s: no record is of the model %.*s", path,
                           CC_TEXT_ARG(mix->model[i].name));
    return status == CC_READ_END;
}
