#include "cli/demand.h"

#include <string.h>

#include "base/number.h"

bool cc_demand_parse(const char *text, void *member, struct cc_error *error)
{
    struct cc_demand *demand = member;
    const struct {
        const char *name;
        double *value;
    } units[] = {{"tokens/s", &demand->tokens_per_s}, {"requests/s", &demand->requests_per_s}};
    *demand = (struct cc_demand){0, 0};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const size_t len = strlen(text), unit = strlen(units[i].name);
        if (len <= unit || strcmp(text + len - unit, units[i].name) != 0)
            continue;
        size_t digits = len - unit;
        digits -= text[digits - 1] == ' ' ? 1 : 0;
        const bool number = cc_parse_real(text, digits, units[i].value);
        if (number && *units[i].value > 0)
            return true;
        if (number && *units[i].value == 0)
            return cc_fail(error, CC_USAGE, "--demand %s: there is nothing to serve: expected more than 0 %s", text,
                           units[i].name);
        break;
    }
    return cc_fail(error, CC_USAGE,
                   "--demand %s: expected a number above 0 and its unit, tokens/s (of answers) or requests/s", text);
}
