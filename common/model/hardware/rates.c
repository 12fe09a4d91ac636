#include "model/hardware/rates.h"

CC_DEFINE_FIELDS(cc_perf_ratio_fields, CC_PERF_RATIO_FIELDS, struct cc_perf_ratio, "perf_ratio");

enum cc_number_type cc_rates_type(struct cc_text number_type)
{
    enum cc_number_type type = CC_BF16;
    if (number_type.len > 0)
        (void)cc_number_type_named(number_type, &type);
    return type;
}

int64_t cc_rates_word_bytes(struct cc_text number_type)
{
    return cc_rates_type(number_type) == CC_BF16 ? 2 : 1;
}

static double given(double ratio)
{
    return isnan(ratio) ? 0 : ratio;
}

struct cc_rates cc_rates_of(struct cc_text number_type, const struct cc_perf_ratio *ratio)
{
    struct cc_rates rates = {{
        [CC_BF16] = given(isnan(ratio->bf16) ? ratio->fp16 : ratio->bf16),
        [CC_FP8] = given(ratio->fp8),
        [CC_INT8] = given(ratio->int8),
        [CC_FP4] = given(ratio->fp4),
        [CC_INT4] = given(ratio->int4),
    }};
    rates.of[cc_rates_type(number_type)] = 1;
    return rates;
}

bool cc_rates_type_for(const struct cc_rates *rates, enum cc_number_type type, enum cc_number_type *done)
{
    while (rates->of[type] == 0 && type != CC_BF16)
        type = cc_number_type_wider(type);
    *done = type;
    return rates->of[type] > 0;
}
