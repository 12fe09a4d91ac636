/* Tokens that attention keeps and looks at, against sums over tokens; caches of released models. */
#include "near.h"

#include "model/llm/span.h"
#include "released.h"

/* A window of `window` and `sinks`, chunks of `window`, an index that chooses `window`. */
static struct cc_llm spans(int64_t window, int64_t sinks)
{
    struct cc_llm_input in = released("spans", 2, 8, 2, 16, 0);
    in.window = in.index_topk = window;
    in.attention_sinks = sinks;
    in.index_heads = in.index_dim = 1;
    return cc_llm_of(&in);
}

static void kept(void **state)
{
    (void)state;
    const struct cc_llm llm = spans(10, 3);
    static const double right[][CC_ATTENTIONS] = {
        /* full, window, chunk, sparse, none */
        {7, 7, 7, 7, 0},
        {12, 12, 10, 12, 0},
        {100, 13, 10, 100, 0},
    };
    for (size_t i = 0; i < 3; i++)
        for (int a = 0; a < CC_ATTENTIONS; a++)
            assert_near(cc_span_kept(&llm, (enum cc_attention)a, right[i][CC_FULL]), right[i][a]);
}

/* The table's figures, by hand. Window 10 and 3 sinks: 13. */
static void of_a_prompt(void **state)
{
    (void)state;
    const struct cc_llm llm = spans(10, 3);
    assert_near(cc_span_prompt(&llm, CC_FULL, 50), 50);
    assert_near(cc_span_prompt(&llm, CC_WINDOW, 13), 13);
    assert_near(cc_span_prompt(&llm, CC_WINDOW, 50), 2 * 13 - 169.0 / 50);
    assert_near(cc_span_prompt(&llm, CC_SPARSE, 50), 2 * 10 - 100.0 / 50); /* sinks are a window's */
    assert_near(cc_span_prompt(&llm, CC_CHUNK, 8), 8);
    assert_near(cc_span_prompt(&llm, CC_CHUNK, 25), (2 * 100 + 25) / 25.0);
    assert_near(cc_span_prompt(&llm, CC_NO_ATTENTION, 50), 0);
}

static void while_it_grows(void **state)
{
    (void)state;
    const struct cc_llm llm = spans(10, 3);
    assert_near(cc_span_generate(&llm, CC_FULL, 20, 8), 24);
    assert_near(cc_span_generate(&llm, CC_WINDOW, 13, 8), 13);
    assert_near(cc_span_generate(&llm, CC_WINDOW, 3, 10), 8); /* ends as it fills */
    assert_near(cc_span_generate(&llm, CC_WINDOW, 11, 8), ((169 - 121) / 2.0 + 13 * 6) / 8);
    assert_near(cc_span_generate(&llm, CC_SPARSE, 20, 8), 10);
    /* chunks of 10, from 14 to 22: (2 * 50 + 2) - (50 + 8) over 8 */
    assert_near(cc_span_generate(&llm, CC_CHUNK, 14, 8), 44.0 / 8);
    assert_near(cc_span_generate(&llm, CC_NO_ATTENTION, 14, 8), 0);
}

/* Tokens that the last of n tokens looks at, itself included. */
static double seen(const struct cc_llm *llm, enum cc_attention attention, double n)
{
    const double window = (double)llm->window, sinks = (double)llm->attention_sinks;
    switch (attention) {
    case CC_WINDOW:
        return fmin(n, window + sinks);
    case CC_CHUNK:
        return n - window * floor((n - 1) / window);
    case CC_SPARSE:
        return fmin(n, window);
    case CC_NO_ATTENTION:
        return 0;
    default:
        return n;
    }
}

/* An integral over lengths is the sum over tokens, each with half of itself: they differ by at most half a token. Of a
 * prompt, which counts all twice, by one. */
static void means_are_sums_over_tokens(void **state)
{
    (void)state;
    uint64_t seed = 41;
    for (int i = 0; i < 500; i++) {
        const struct cc_llm llm = spans((int64_t)random_between(&seed, 1, 200), (int64_t)random_between(&seed, 0, 9));
        const double from = floor(random_between(&seed, 1, 600)), more = floor(random_between(&seed, 1, 600));
        for (int a = 0; a < CC_ATTENTIONS; a++) {
            const enum cc_attention attention = (enum cc_attention)a;
            double prompt = 0, grown = 0;
            for (double n = 1; n <= from + more; n++)
                *(n <= from ? &prompt : &grown) += seen(&llm, attention, n);
            const double over = grown / more - cc_span_generate(&llm, attention, from, more);
            const double over_prompt = 2 * prompt / from - cc_span_prompt(&llm, attention, from);
            assert_true(over >= -1e-9 && over <= 0.5 + 1e-9);
            assert_true(over_prompt >= -1e-9 && over_prompt <= 1 + 1e-9);
        }
    }
}

/* What a text that grows on looks at in the mean of two parts is the mean over both. */
static void parts_add_up(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int i = 0; i < 500; i++) {
        const struct cc_llm llm = spans((int64_t)random_between(&seed, 1, 200), (int64_t)random_between(&seed, 0, 9));
        const double from = floor(random_between(&seed, 0, 300));
        const double first = floor(random_between(&seed, 1, 300)), then = floor(random_between(&seed, 1, 300));
        for (int a = 0; a < CC_ATTENTIONS; a++) {
            const enum cc_attention attention = (enum cc_attention)a;
            const double parts = first * cc_span_generate(&llm, attention, from, first) +
                                 then * cc_span_generate(&llm, attention, from + first, then);
            const double all = (first + then) * cc_span_generate(&llm, attention, from, first + then);
            assert_true(fabs(parts - all) <= 1e-9 * all);
            /* a prompt is what has grown from nothing, twice */
            const double prompt = 2 * cc_span_generate(&llm, attention, 0, first);
            assert_true(fabs(cc_span_prompt(&llm, attention, first) - prompt) <= 1e-9 * prompt);
        }
    }
}

static double gib_of_131072_tokens(struct cc_llm_input in, bool windows)
{
    if (!windows) {
        in.local_attention = cc_text_of("");
        in.attention_interval = in.window = CC_NO_INT;
    }
    const struct cc_llm llm = cc_llm_of(&in);
    return cc_llm_kv_request_bytes(&llm, 131072) / 1073741824;
}

/* Layers that keep all, and those that keep a window: both by 131,072 tokens or the window, KV heads, 2, bytes. */
static void caches_of_released_models(void **state)
{
    (void)state;
    const double gib = 1073741824, all = 131072;
    assert_near(gib_of_131072_tokens(gpt_oss_120b(), true), 18 * (all + 128) * 2048 / gib); /* 4.50 */
    assert_near(gib_of_131072_tokens(gpt_oss_120b(), false), 9);
    assert_near(gib_of_131072_tokens(gemma_3_27b(), true), (10 * all + 52 * 1024) * 8192 / gib); /* 10.41 */
    assert_near(gib_of_131072_tokens(gemma_3_27b(), false), 62);
    assert_near(gib_of_131072_tokens(gemma_2_27b(), true), 23 * (all + 4096) * 8192 / gib); /* 23.72 */
    assert_near(gib_of_131072_tokens(gemma_2_27b(), false), 46);
    assert_near(gib_of_131072_tokens(llama_4_scout(), true), (12 * all + 36 * 8192) * 4096 / gib); /* 7.13 */
    assert_near(gib_of_131072_tokens(llama_4_scout(), false), 24);
    assert_near(gib_of_131072_tokens(mistral_7b_v01(), true), 0.5);
    assert_near(gib_of_131072_tokens(mistral_7b_v01(), false), 16);
    assert_near(gib_of_131072_tokens(deepseek_v3(), true), 70272 * all / gib); /* 8.58 */
}

/* The longer the window, the more is kept. */
static void a_shorter_window_keeps_no_more(void **state)
{
    (void)state;
    static const char *const local[] = {"window", "chunk"};
    uint64_t seed = 43;
    for (int i = 0; i < 1000; i++) {
        struct cc_llm_input in = gemma_3_27b();
        in.local_attention = cc_text_of(local[i % 2]);
        in.attention_interval = (int64_t)random_between(&seed, 0, 7);
        in.window = (int64_t)random_between(&seed, 2, 5000);
        const double tokens = floor(random_between(&seed, 1, 10000));
        const struct cc_llm longer = cc_llm_of(&in);
        in.window = (int64_t)random_between(&seed, 1, (double)in.window);
        const struct cc_llm shorter = cc_llm_of(&in);
        const double less = cc_llm_kv_request_bytes(&shorter, tokens), more = cc_llm_kv_request_bytes(&longer, tokens);
        assert_true(less <= more);
        if (in.attention_interval != 1 && tokens >= (double)longer.window && in.window < longer.window)
            assert_true(less < more);
    }
}

/* In which layers: every sixth of 62, every second of 46, every fourth of 48; experts in every second of 48, not in the
 * first 3 of 61. */
static void kinds_by_interval(void **state)
{
    (void)state;
    const struct cc_llm_input inputs[] = {gemma_3_27b(), gemma_2_27b(), llama_4_maverick(), deepseek_v3()};
    static const struct {
        int64_t first_full, first_experts;
        double full, experts;
    } right[] = {{5, -1, 10, 0}, {1, -1, 23, 0}, {3, 1, 12, 24}, {0, 3, 61, 58}};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        const struct cc_llm llm = cc_llm_of(&inputs[i]);
        double full = 0, experts = 0;
        int64_t first_full = -1, first_experts = -1;
        for (int64_t layer = llm.num_layers - 1; layer >= 0; layer--) {
            const struct cc_layer_kind *kind = &llm.kind[llm.layer[layer]];
            full += kind->attention == CC_FULL;
            experts += kind->ffn == CC_EXPERTS;
            first_full = kind->attention == CC_FULL ? layer : first_full;
            first_experts = kind->ffn == CC_EXPERTS ? layer : first_experts;
        }
        assert_int_equal(first_full, right[i].first_full);
        assert_int_equal(first_experts, right[i].first_experts);
        assert_near(full, right[i].full);
        assert_near(experts, right[i].experts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept),
        cmocka_unit_test(of_a_prompt),
        cmocka_unit_test(while_it_grows),
        cmocka_unit_test(means_are_sums_over_tokens),
        cmocka_unit_test(parts_add_up),
        cmocka_unit_test(caches_of_released_models),
        cmocka_unit_test(a_shorter_window_keeps_no_more),
        cmocka_unit_test(kinds_by_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
