/* The value of an option. Its first byte says which: o objectives, w conditions, g groups, t top, n a number. */
#include <stdlib.h>
#include <string.h>

#include "../../src/pareto/query.h"
#include "base/number.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct query query = {0};
    struct cc_error error;
    if (size == 0)
        return 0;
    char *text = calloc(1, size);
    if (text == NULL)
        abort();
    memcpy(text, data + 1, size - 1);
    double real;
    int64_t whole;
    if (data[0] == 'o')
        (void)!query_parse_objectives(text, &query, &error);
    else if (data[0] == 'w')
        (void)!cc_conditions_parse(text, &query.where, &error);
    else if (data[0] == 'g')
        (void)!query_parse_groups(text, &query, &error);
    else if (data[0] == 't')
        (void)!query_parse_top(text, &query, &error);
    else if (cc_parse_real(text, strlen(text), &real) && cc_parse_int(text, strlen(text), &whole) &&
             real != (double)whole)
        abort();
    free(text);
    return 0;
}
