#include "describe.h"

#include <math.h>
#include <stdio.h>

#include "base/number.h"

/* All of it, however long. */
static void print_text(struct cc_text text)
{
    if (text.len > 0)
        fwrite(text.s, 1, text.len, stdout);
}

static void print_real(const char *name, double value)
{
    char text[CC_REAL_TEXT];
    cc_format_real(value, text);
    printf("%s: %s\n", name, text);
}

/* The model as YAML: the fields of the entry that records have of it. */
static void describe_model(struct cc_llm *llm)
{
    llm->active_parameters = cc_llm_active_parameters(llm);
    for (size_t i = 0; i < cc_llm_fields.count; i++) {
        const struct cc_field *field = &cc_llm_fields.field[i];
        const void *value = cc_field_in(field, llm);
        switch (field->type) {
        case CC_TYPE_TEXT:
            if (((const struct cc_text *)value)->len == 0)
                break;
            printf("%s: ", field->name);
            print_text(*(const struct cc_text *)value);
            putchar('\n');
            break;
        case CC_TYPE_INT:
            if (*(const int64_t *)value == CC_NO_INT)
                break;
            printf("%s: %lld\n", field->name, (long long)*(const int64_t *)value);
            break;
        case CC_TYPE_FLAG:
            printf("%s: %s\n", field->name, *(const bool *)value ? "true" : "false");
            break;
        case CC_TYPE_FORMAT:
            if (((const struct cc_number_format *)value)->bits > 0)
                print_real(field->name, ((const struct cc_number_format *)value)->bits);
            break;
        default:
            if (!isnan(*(const double *)value))
                print_real(field->name, *(const double *)value);
        }
    }
}

void describe_models(struct mapper *m)
{
    for (size_t i = 0; i < m->subject_count; i++) {
        if (i > 0)
            printf("---\n");
        describe_model(&m->subjects[i].model.llm);
    }
}
