#include "map_options.h"

#include <string.h>

#include "base/number.h"

const char *const phase_names[] = {
    [CC_PREFILL_ALONE] = "prefill", [CC_GENERATE_ALONE] = "generate", [CC_CHUNKED] = "chunked"};

bool parse_price_range(const char *text, void *member, struct cc_error *error)
{
    double *range = member;
    if (strcmp(text, "inf") == 0)
        *range = INFINITY;
    else if (!cc_parse_real(text, strlen(text), range) || *range < 1)
        return cc_fail(error, CC_USAGE, "--price-range %s: expected a number of 1 or more, or inf", text);
    return true;
}

bool parse_phase(const char *text, void *member, struct cc_error *error)
{
    enum cc_duty *phase = member;
    for (int i = CC_PREFILL_ALONE; i <= CC_CHUNKED; i++)
        if (strcmp(text, phase_names[i]) == 0) {
            *phase = (enum cc_duty)i;
            return true;
        }
    return cc_fail(error, CC_USAGE, "--phase %s: expected prefill, generate or chunked", text);
}

bool parse_rate(const char *text, void *member, struct cc_error *error)
{
    double *rate = member;
    return (cc_parse_real(text, strlen(text), rate) && *rate > 0) ||
           cc_fail(error, CC_USAGE, "--rate %s: expected a number above 0, of requests/s to a system", text);
}

bool parse_slo(const char *text, void *member, struct cc_error *error)
{
    struct options *options = member;
    cc_fields_clear(&cc_slo_fields, &options->slo);
    options->has_slo = true;
    for (const char *at = text;; at++) {
        const size_t name_len = strcspn(at, "=,");
        const struct cc_field *field = cc_fields_find(&cc_slo_fields, (struct cc_text){at, name_len}, 0);
        const char *number = at + name_len + (at[name_len] == '=');
        const size_t len = strcspn(number, ",");
        if (field == NULL)
            return cc_fail(error, CC_USAGE, "--slo %s: expected ttft_s, tpot_s or quantile, each with = and a number",
                           text);
        double *value = cc_field_of(field, &options->slo);
        if (!cc_parse_real(number, len, value) || !cc_in_range(field->range, *value))
            return cc_fail(error, CC_USAGE, "--slo %s: %s: expected a number %s", text, field->name,
                           cc_range_text(field->range));
        at = number + len;
        if (*at == '\0')
            return true;
    }
}

bool parse_name(const char *text, void *member, struct cc_error *error)
{
    struct asked_models *models = member;
    const size_t most = 200;
    models->names_lead |= models->files.count == 0;
    models->name[models->files.count - (models->names_lead ? 0 : 1)] = text;
    return (text[0] != '\0' && strlen(text) <= most && cc_text_is_plain(cc_text_of(text))) ||
           cc_fail(error, CC_USAGE, "--name: expected 1 to %zu bytes of UTF-8 without control characters", most);
}
