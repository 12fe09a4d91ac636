/* Formats of numbers: their bits and types, the type in which two of them are multiplied, and what that means on a
 * chip. */
#include "near.h"

#include "base/number_format.h"
#include "model/serving/precision.h"
#include "released.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void formats_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double bits;
        enum cc_number_type type;
    } formats[] = {
        {"bf16", 16, CC_BF16},      {"fp16", 16, CC_BF16},
        {"fp8", 8, CC_FP8},         {"fp8_block128", 8.001953125, CC_FP8}, /* 8 + 32 / 16384 */
        {"mxfp8", 8.25, CC_FP8},    {"int8", 8, CC_INT8},
        {"nvfp4", 4.5, CC_FP4},     {"mxfp4", 4.25, CC_FP4},
        {"int4_g32", 4.5, CC_INT4}, {"int4_g128", 4.125, CC_INT4},
        {"awq", 4.15625, CC_INT4},
    };
    char names[256] = "";
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct cc_number_format format;
        assert_true(cc_number_format_named(cc_text_of(formats[i].name), &format));
        assert_near(format.bits, formats[i].bits);
        assert_int_equal(format.type, formats[i].type);
        strcat(strcat(names, i > 0 ? ", " : ""), formats[i].name);
    }
    assert_string_equal(cc_number_format_names(), names);
    struct cc_number_format format;
    assert_false(cc_number_format_named(cc_text_of("fp32"), &format));
    assert_false(cc_number_format_named(cc_text_of("fp"), &format));
    assert_false(cc_number_format_named(cc_text_of(""), &format));
}

static void types_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {"bf16", "fp8", "int8", "fp4", "int4"};
    enum cc_number_type type;
    for (int i = 0; i < CC_NUMBER_TYPES; i++) {
        assert_true(cc_number_type_named(cc_text_of(names[i]), &type));
        assert_int_equal(type, i);
    }
    assert_true(cc_number_type_named(cc_text_of("fp16"), &type));
    assert_int_equal(type, CC_BF16);
    assert_false(cc_number_type_named(cc_text_of("mxfp4"), &type)); /* a format */
    assert_false(cc_number_type_named(cc_text_of("fp64"), &type));
}

static void types_by_bits(void **state)
{
    (void)state;
    static const struct cc_number_format formats[] = {{32, CC_BF16},   {16, CC_BF16},  {12, CC_BF16},
                                                      {11.99, CC_FP8}, {8.25, CC_FP8}, {6, CC_FP8},
                                                      {5.99, CC_FP4},  {4.25, CC_FP4}, {0.125, CC_FP4}};
    for (size_t i = 0; i < COUNT(formats); i++) {
        assert_near(cc_number_format_of_bits(formats[i].bits).bits, formats[i].bits);
        assert_int_equal(cc_number_format_of_bits(formats[i].bits).type, formats[i].type);
    }
}

/* The wider of two; of two that are as wide, what both can be widened to. */
static void products_of_two_types(void **state)
{
    (void)state;
    static const enum cc_number_type products[CC_NUMBER_TYPES][CC_NUMBER_TYPES] = {
        [CC_BF16] = {CC_BF16, CC_BF16, CC_BF16, CC_BF16, CC_BF16},
        [CC_FP8] = {CC_BF16, CC_FP8, CC_BF16, CC_FP8, CC_FP8},
        [CC_INT8] = {CC_BF16, CC_BF16, CC_INT8, CC_INT8, CC_INT8},
        [CC_FP4] = {CC_BF16, CC_FP8, CC_INT8, CC_FP4, CC_BF16},
        [CC_INT4] = {CC_BF16, CC_FP8, CC_INT8, CC_BF16, CC_INT4},
    };
    for (int a = 0; a < CC_NUMBER_TYPES; a++)
        for (int b = 0; b < CC_NUMBER_TYPES; b++)
            assert_int_equal(cc_number_type_of_product((enum cc_number_type)a, (enum cc_number_type)b), products[a][b]);
}

/* Multiples of the peak performance; 0: none is given. */
static struct cc_rates rates_of(const char *number_type, double bf16, double fp8, double int8, double fp4, double int4)
{
    const double given[] = {bf16, fp8, int8, fp4, int4};
    struct cc_perf_ratio ratio = {NAN, NAN, NAN, NAN, NAN, NAN};
    double *const member[] = {&ratio.bf16, &ratio.fp8, &ratio.int8, &ratio.fp4, &ratio.int4};
    for (int i = 0; i < CC_NUMBER_TYPES; i++)
        if (given[i] > 0)
            *member[i] = given[i];
    return cc_rates_of(cc_text_of(number_type), &ratio);
}

/* The rate at which a product of a type is done; 0: at none. */
static double rate_for(const struct cc_rates *rates, enum cc_number_type type)
{
    enum cc_number_type done;
    return cc_rates_type_for(rates, type, &done) ? rates->of[done] : 0;
}

/* Figures of NVIDIA's chips: A100 has no fp8, B200 all but int4, B300 few units for int8. */
static void without_a_rate_the_next_wider_type(void **state)
{
    (void)state;
    const struct cc_rates a100 = rates_of("", 0, 0, 2, 0, 0), b200 = rates_of("bf16", 0, 2, 2, 4, 0);
    const struct cc_rates narrow = rates_of("int8", 0, 0, 0, 0, 2);
    static const double right[][CC_NUMBER_TYPES] = {{1, 1, 2, 1, 2}, {1, 2, 2, 4, 2}, {0, 0, 1, 0, 2}};
    for (int i = 0; i < CC_NUMBER_TYPES; i++) {
        assert_near(rate_for(&a100, (enum cc_number_type)i), right[0][i]);
        assert_near(rate_for(&b200, (enum cc_number_type)i), right[1][i]);
        assert_near(rate_for(&narrow, (enum cc_number_type)i), right[2][i]);
    }
    /* a type of its own is the unit, whatever is said of it; fp16 says what bf16 is */
    assert_near(rates_of("fp8", 0.5, 3, 0, 0, 0).of[CC_FP8], 1);
    const struct cc_perf_ratio half = {NAN, 0.25, NAN, NAN, NAN, NAN};
    assert_near(cc_rates_of(cc_text_of("fp8"), &half).of[CC_BF16], 0.25);
    assert_near(cc_rates_of(cc_text_of("fp16"), &half).of[CC_BF16], 1);
    assert_int_equal(cc_rates_word_bytes(cc_text_of("")), 2);
    assert_int_equal(cc_rates_word_bytes(cc_text_of("fp8")), 1);
    assert_int_equal(cc_rates_word_bytes(cc_text_of("int4")), 1);
}

static const struct cc_energy_constants twelve_pj = {
    .fma_pj = 12, .fma_fp8_pj = NAN, .fma_int8_pj = NAN, .fma_fp4_pj = NAN, .fma_int4_pj = NAN};

static struct cc_precisions precisions(const struct cc_llm *llm, const struct cc_rates *rates)
{
    struct cc_precisions p;
    assert_true(cc_precisions_of(&p, llm, rates, &twelve_pj, NAN));
    return p;
}

static void assert_precision(struct cc_precision p, double rate, double bits, double fma_pj)
{
    assert_near(p.rate, rate);
    assert_near(p.bytes, bits / 8);
    assert_near(p.fma_pj, fma_pj);
}

static void weights_alone_quantized_run_at_the_rate_of_activations(void **state)
{
    (void)state;
    const struct cc_rates b200 = rates_of("", 0, 2, 2, 4, 0);
    struct cc_llm_input in = gpt_oss_120b();
    struct cc_llm llm = cc_llm_of(&in);
    assert_precision(precisions(&llm, &b200).experts, 1, 4.25, 12);
    assert_precision(precisions(&llm, &b200).weights, 1, 16, 12);
    in.activation_bits = (struct cc_number_format){8, CC_FP8};
    llm = cc_llm_of(&in);
    assert_precision(precisions(&llm, &b200).experts, 2, 4.25, 6);
    assert_precision(precisions(&llm, &b200).weights, 1, 16, 12);
    in.activation_bits = (struct cc_number_format){4.5, CC_FP4};
    llm = cc_llm_of(&in);
    assert_precision(precisions(&llm, &b200).experts, 4, 4.25, 3);
    assert_precision(precisions(&llm, &b200).embeddings, 1, 16, 12);
    in.activation_bits = (struct cc_number_format){8, CC_INT8}; /* wider than fp4 */
    llm = cc_llm_of(&in);
    const struct cc_rates b300 = rates_of("", 0, 2, 0.068, 6.22, 0);
    assert_precision(precisions(&llm, &b300).experts, 0.068, 4.25, 12); /* slower, and no dearer */
}

/* DeepSeek-V3: products in fp8, the core of attention at 16 bits. */
static void each_product_at_its_own_rate(void **state)
{
    (void)state;
    const struct cc_rates h100 = rates_of("", 0, 2, 2, 0, 0);
    struct cc_llm_input in = deepseek_v3();
    in.local_attention = cc_text_of("sparse");
    in.attention_interval = 0;
    in.index_heads = 64;
    in.index_dim = 128;
    in.index_topk = 2048;
    in.kv_bits = (struct cc_number_format){8.25, CC_FP8};
    in.kv_rope_bits = (struct cc_number_format){16, CC_BF16};
    struct cc_llm llm = cc_llm_of(&in);
    struct cc_precisions p = precisions(&llm, &h100);
    assert_precision(p.weights, 2, 8.001953125, 6);
    assert_precision(p.experts, 2, 8.001953125, 6);
    assert_precision(p.embeddings, 1, 16, 12);
    assert_precision(p.core, 1, 8.25, 12);
    assert_precision(p.made, 1, 8, 12); /* what is made of the latent are activations */
    assert_precision(p.index, 2, 8.25, 6);
    in.attention_bits = (struct cc_number_format){8, CC_FP8}; /* the part with positions has no say */
    llm = cc_llm_of(&in);
    p = precisions(&llm, &h100);
    assert_precision(p.core, 2, 8.25, 6);
    assert_precision(p.made, 2, 8, 6);
    in.kv_bits = (struct cc_number_format){16, CC_BF16}; /* of the latent, not of what is made of it */
    llm = cc_llm_of(&in);
    p = precisions(&llm, &h100);
    assert_precision(p.core, 1, 16, 12);
    assert_precision(p.made, 2, 8, 6);
    in.expert_bits = (struct cc_number_format){16, CC_BF16};
    llm = cc_llm_of(&in);
    assert_precision(precisions(&llm, &h100).experts, 1, 16, 12);
}

static void energy_of_a_type_as_given_or_by_its_rate(void **state)
{
    (void)state;
    const struct cc_energy_constants given = {
        .fma_pj = 12, .fma_fp8_pj = 5, .fma_int8_pj = 4, .fma_fp4_pj = 2, .fma_int4_pj = 1};
    const struct cc_rates all = rates_of("", 0, 2, 2, 4, 8), narrow = rates_of("fp8", 0, 0, 0, 2, 0);
    static const double pj[] = {12, 5, 4, 2, 1}, by_rate[] = {12, 6, 6, 3, 1.5};
    struct cc_llm_input in = gpt_oss_120b();
    struct cc_precisions p;
    for (int i = 0; i < CC_NUMBER_TYPES; i++) {
        in.expert_bits = in.activation_bits = (struct cc_number_format){4, (enum cc_number_type)i};
        const struct cc_llm llm = cc_llm_of(&in);
        assert_true(cc_precisions_of(&p, &llm, &all, &given, NAN));
        assert_near(p.experts.fma_pj, pj[i]);
        assert_true(cc_precisions_of(&p, &llm, &all, &twelve_pj, NAN));
        assert_near(p.experts.fma_pj, by_rate[i]);
    }
    /* no energy at 16 bits to go by */
    in = gpt_oss_120b();
    in.weight_bits = in.expert_bits = in.embedding_bits = in.kv_bits = in.activation_bits =
        (struct cc_number_format){4, CC_FP4};
    const struct cc_llm llm = cc_llm_of(&in);
    assert_true(cc_precisions_of(&p, &llm, &narrow, &twelve_pj, NAN));
    assert_true(isnan(p.weights.fma_pj));
    assert_true(cc_precisions_of(&p, &llm, &narrow, &given, NAN));
    assert_near(p.weights.fma_pj, 2);
}

/* Of any of the products. */
static void a_chip_without_a_rate_cannot_serve(void **state)
{
    (void)state;
    const struct cc_rates fp8_only = rates_of("fp8", 0, 0, 0, 0, 0);
    const struct cc_number_format fp8 = {8, CC_FP8}, bf16 = {16, CC_BF16};
    struct cc_llm_input narrow = deepseek_v3();
    narrow.weight_bits = narrow.expert_bits = narrow.embedding_bits = narrow.kv_bits = narrow.attention_bits = fp8;
    narrow.kv_rope_bits = fp8;
    struct cc_precisions p;
    struct cc_llm llm = cc_llm_of(&narrow);
    assert_true(cc_precisions_of(&p, &llm, &fp8_only, &twelve_pj, NAN));
    struct cc_number_format *const wide[] = {&narrow.weight_bits, &narrow.expert_bits,    &narrow.embedding_bits,
                                             &narrow.kv_bits,     &narrow.attention_bits, &narrow.activation_bits};
    for (size_t i = 0; i < COUNT(wide); i++) {
        *wide[i] = bf16;
        llm = cc_llm_of(&narrow);
        assert_false(cc_precisions_of(&p, &llm, &fp8_only, &twelve_pj, NAN));
        *wide[i] = fp8;
    }
    narrow.local_attention = cc_text_of("sparse");
    narrow.attention_interval = 0;
    narrow.index_heads = narrow.index_dim = narrow.index_topk = 64;
    narrow.index_bits = bf16;
    llm = cc_llm_of(&narrow);
    assert_false(cc_precisions_of(&p, &llm, &fp8_only, &twelve_pj, NAN));
}

static void numbers_on_their_way(void **state)
{
    (void)state;
    const struct cc_rates h100 = rates_of("", 0, 2, 2, 0, 0);
    struct cc_llm_input in = deepseek_v3();
    in.weight_sparsity = 0.6;
    struct cc_llm llm = cc_llm_of(&in);
    /* decoders are in the memory */
    assert_near(precisions(&llm, &h100).weights.bytes, 8.001953125 / 8);
    in.sparse_load = cc_text_of("compressed");
    llm = cc_llm_of(&in);
    /* 0.4 * (8.001953125 + 8); embeddings are not compressed */
    assert_near(precisions(&llm, &h100).weights.bytes, 6.40078125 / 8);
    assert_near(precisions(&llm, &h100).experts.bytes, 6.40078125 / 8);
    assert_near(precisions(&llm, &h100).embeddings.bytes, 2);
    /* published: two bytes, whatever the format */
    struct cc_precisions p;
    assert_true(cc_precisions_of(&p, &llm, &h100, &twelve_pj, 2));
    assert_near(p.weights.bytes, 2);
    assert_near(p.core.bytes, 2);
    assert_near(p.weights.rate, 2);
}

static void what_is_not_given(void **state)
{
    (void)state;
    struct cc_llm_input in = gpt_oss_120b();
    in.expert_bits = (struct cc_number_format){0};
    in.bytes_per_number = 1;
    struct cc_llm_formats f = cc_llm_of(&in).format;
    const struct cc_number_format *const all[] = {&f.weight_bits,   &f.expert_bits,     &f.embedding_bits, &f.kv_bits,
                                                  &f.kv_rope_bits,  &f.activation_bits, &f.attention_bits, &f.comm_bits,
                                                  &f.dispatch_bits, &f.combine_bits};
    for (size_t i = 0; i < COUNT(all); i++) {
        assert_near(all[i]->bits, 8);
        assert_int_equal(all[i]->type, CC_FP8);
    }
    assert_near(f.index_bits.bits, 8.25);
    in.weight_bits = (struct cc_number_format){4, CC_INT4};
    in.kv_bits = (struct cc_number_format){5, CC_FP4};
    in.activation_bits = (struct cc_number_format){6, CC_INT8};
    in.comm_bits = (struct cc_number_format){7, CC_FP8};
    f = cc_llm_of(&in).format;
    assert_near(f.expert_bits.bits, 4);
    assert_int_equal(f.expert_bits.type, CC_INT4);
    assert_near(f.kv_rope_bits.bits, 5);
    assert_near(f.attention_bits.bits, 6);
    assert_near(f.dispatch_bits.bits, 7);
    assert_near(f.combine_bits.bits, 7);
    assert_near(f.embedding_bits.bits, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_by_name),
        cmocka_unit_test(types_by_name),
        cmocka_unit_test(types_by_bits),
        cmocka_unit_test(products_of_two_types),
        cmocka_unit_test(without_a_rate_the_next_wider_type),
        cmocka_unit_test(weights_alone_quantized_run_at_the_rate_of_activations),
        cmocka_unit_test(each_product_at_its_own_rate),
        cmocka_unit_test(energy_of_a_type_as_given_or_by_its_rate),
        cmocka_unit_test(a_chip_without_a_rate_cannot_serve),
        cmocka_unit_test(numbers_on_their_way),
        cmocka_unit_test(what_is_not_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
