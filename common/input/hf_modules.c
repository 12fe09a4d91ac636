#include "input/hf_modules.h"

#include <inttypes.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Names of a matrix in different classes, including the name of the fused matrix that holds it. */
struct matrix {
    const char *names[4];
};

struct part {
    const char *parents[4];
    struct matrix matrices[5];
};

#define FEED_FORWARD \
    { \
        {{"gate_proj", "gate_up_proj", "w1"}}, {{"up_proj", "gate_up_proj", "w3", "fc1"}}, \
        { \
            { \
                "down_proj", "w2", "fc2" \
            } \
        } \
    }
#define GROUPED \
    { \
        {{"q_proj", "qkv_proj", "query_key_value"}}, {{"k_proj", "qkv_proj", "query_key_value"}}, \
            {{"v_proj", "qkv_proj", "query_key_value"}}, \
        { \
            { \
                "o_proj", "dense" \
            } \
        } \
    }
#define LATENT \
    { \
        {{"q_a_proj", "fused_qkv_a_proj_with_mqa", "q_proj"}}, {{"q_b_proj", "q_proj"}}, \
            {{"kv_a_proj_with_mqa", "fused_qkv_a_proj_with_mqa"}}, {{"kv_b_proj"}}, \
        { \
            { \
                "o_proj" \
            } \
        } \
    }

/* Expert 0 stands for all of them: a pattern that names single ones is refused. */
static const struct part parts[CC_HF_PARTS] = {
    [CC_HF_ATTENTION] = {{"self_attn", "attention", "attn"}, GROUPED},
    [CC_HF_FEED_FORWARD] = {{"mlp", "feed_forward"}, FEED_FORWARD},
    [CC_HF_SHARED] = {{"mlp.shared_experts", "mlp.shared_expert", "feed_forward.shared_expert", "mlp.shared_mlp"},
                      FEED_FORWARD},
    [CC_HF_ROUTED] = {{"mlp.experts.0", "block_sparse_moe.experts.0", "feed_forward.experts", "mlp.experts"},
                      FEED_FORWARD},
};
static const struct part latent_attention = {{"self_attn"}, LATENT};

/* Modules that are never quantized, in a layer and outside the layers. */
static const char *const kept_in_layer[] = {
    "mlp.gate",
    "mlp.router",
    "block_sparse_moe.gate",
    "feed_forward.router",
    "mlp.gate.wg",
    "input_layernorm",
    "post_attention_layernorm",
    "mlp.shared_expert_gate",
    "self_attn.q_norm",
    "self_attn.k_norm",
    "self_attn.indexer.wq_b",
    "self_attn.indexer.wk",
    "self_attn.sinks",
    "eh_proj",
    "self_attn.indexer.k_norm",
    "self_attn.indexer.weights_proj",
    "shared_head.head",
    "embed_tokens",
    "mlp.gate.e_score_correction_bias",
};
static const char *const kept[] = {
    "lm_head", "model.embed_tokens", "model.norm", "output", "embed_out", "transformer.output_layer",
};

/* In names of modules outside the text layers: towers of other media, multi-token prediction. */
static const char *const others[] = {"vision", "visual", "multi_modal", "projector", "audio", "patch_merger", "mtp"};

enum { STEPS_MAX = 20000000 };

/* A pattern being matched. */
struct pattern {
    struct cc_text text; /* in the notation below, of what follows the layers' own prefix */
    bool whole;          /* must end where a part of the name does */
    int64_t layer;       /* the only one that it is of; -1: of any */
    long *steps;         /* that may still be taken for all of the patterns */
    bool understood;
};

/* Whether a name begins with what the pattern says from `p` on: letters stand for themselves, .* for anything, \d+ or
 * [0-9]+ for digits, (a|b) for one of two, \ before a letter that stands for itself, $ for the end. */
static bool matches(struct pattern *pattern, const char *p, const char *end, const char *name);

/* One of (a|b), and what follows. */
static bool matches_choice(struct pattern *pattern, const char *p, const char *end, const char *name)
{
    const char *close = memchr(p, ')', (size_t)(end - p));
    if (close == NULL || memchr(p, '(', (size_t)(close - p)) != NULL) {
        pattern->understood = false;
        return false;
    }
    for (const char *start = p; start <= close;) {
        const char *bar = memchr(start, '|', (size_t)(close - start));
        const char *stop = bar == NULL ? close : bar;
        const char *n = name, *c = start;
        for (; c < stop; c++, n++) {
            c += *c == '\\' && c + 1 < stop;
            if (*c != *n || *n == '\0')
                break;
        }
        if (c == stop && matches(pattern, close + 1, end, n))
            return true;
        start = stop + 1;
    }
    return false;
}

static bool matches(struct pattern *pattern, const char *p, const char *end, const char *name)
{
    for (; p < end; name++) {
        if (--*pattern->steps <= 0)
            return false;
        const size_t left = (size_t)(end - p);
        const bool digits = (left >= 3 && memcmp(p, "\\d+", 3) == 0) || (left >= 6 && memcmp(p, "[0-9]+", 6) == 0);
        if (digits) {
            p += *p == '\\' ? 3 : 6;
            if (*name < '0' || *name > '9')
                return false;
            while (name[1] >= '0' && name[1] <= '9')
                name++;
        } else if (left >= 2 && p[0] == '.' && p[1] == '*') {
            for (; !matches(pattern, p + 2, end, name); name++)
                if (*name == '\0' || *pattern->steps <= 0)
                    return false;
            return true;
        } else if (*p == '(') {
            return matches_choice(pattern, p + 1, end, name);
        } else if (*p == '$') {
            return *name == '\0';
        } else if (strchr("*+?[]{}|)^", *p) != NULL) {
            pattern->understood = false;
            return false;
        } else if (*name == '\0') {
            return false;
        } else if (*p == '.') {
            p++;
        } else {
            p += *p == '\\' && left > 1;
            if (*p++ != *name)
                return false;
        }
    }
    return !pattern->whole || *name == '\0' || *name == '.';
}

/* Whether some part of the name, from its start or from behind a point on, matches. */
static bool names(struct pattern *pattern, const char *name)
{
    const char *end = pattern->text.s + pattern->text.len;
    for (const char *start = name; !matches(pattern, pattern->text.s, end, start); start++) {
        start = strchr(start, '.');
        if (start == NULL)
            return false;
    }
    return true;
}

enum { PATTERN_SIZE = 512 };

/* A literal text, except for *, in the notation of `matches`. */
static struct cc_text escape(struct cc_text text, char buffer[PATTERN_SIZE])
{
    size_t used = 0;
    for (size_t i = 0; i < text.len && used + 2 < PATTERN_SIZE; i++) {
        if (text.s[i] == '*')
            buffer[used++] = '.';
        else if (strchr(".\\()[]{}|+?$^", text.s[i]) != NULL)
            buffer[used++] = '\\';
        buffer[used++] = text.s[i];
    }
    return (struct cc_text){buffer, used};
}

/* The layer that "layers.3." or "layers\.3\." begins with; -1 where it is none. */
static int64_t single_layer(const struct cc_text *text)
{
    int64_t layer = 0;
    if (text->len < sizeof "layers.0.")
        return -1;
    size_t i = sizeof "layers." - 1 + (text->s[6] == '\\');
    const size_t first = i;
    for (; i < text->len && text->s[i] >= '0' && text->s[i] <= '9' && layer < CC_LAYERS_MAX; i++)
        layer = 10 * layer + (text->s[i] - '0');
    const bool ends = i + 1 < text->len && (text->s[i] == '\\' || (text->s[i] == '.' && text->s[i + 1] != '*'));
    return i > first && ends ? layer : -1;
}

/* Cuts off what stands before "layers.", which different classes call differently. */
static struct cc_text cut_prefix(struct cc_text text)
{
    for (size_t i = 0; i + 8 <= text.len; i++)
        if (memcmp(text.s + i, "layers", 6) == 0 && (text.s[i + 6] == '.' || text.s[i + 6] == '\\'))
            return (struct cc_text){text.s + i, text.len - i};
    if (text.len > 0 && text.s[0] == '^')
        return (struct cc_text){text.s + 1, text.len - 1};
    return text;
}

/* Syntax of patterns in a text of the file. */
static struct pattern pattern_of(struct cc_text text, char buffer[PATTERN_SIZE], long *steps)
{
    struct pattern pattern = {.steps = steps, .layer = -1, .understood = text.len > 0 && text.len < PATTERN_SIZE / 2};
    pattern.whole = !cc_text_starts(text, "re:") && (text.len == 0 || text.s[text.len - 1] != '*');
    if (cc_text_starts(text, "re:"))
        pattern.text = cut_prefix((struct cc_text){text.s + 3, text.len - 3});
    else
        pattern.text = cut_prefix(escape(text, buffer));
    if (cc_text_starts(pattern.text, "layers"))
        pattern.layer = single_layer(&pattern.text);
    return pattern;
}

/* Matrices of a part of a layer that the pattern names. */
static unsigned char matrices_named(struct pattern *pattern, int64_t layer, const struct part *part)
{
    char name[96];
    unsigned char mask = 0;
    for (size_t a = 0; a < COUNT(part->parents) && part->parents[a] != NULL; a++)
        for (size_t m = 0; m < COUNT(part->matrices); m++)
            for (size_t n = 0; n < 4 && part->matrices[m].names[n] != NULL; n++) {
                snprintf(name, sizeof name, "layers.%" PRId64 ".%s.%s", layer, part->parents[a],
                         part->matrices[m].names[n]);
                if (names(pattern, name))
                    mask |= (unsigned char)(1U << m);
            }
    return mask;
}

static bool is_other(struct cc_text text)
{
    for (size_t i = 0; i < COUNT(others); i++)
        if (cc_text_contains_any_case(text, others[i]))
            return true;
    return false;
}

/* Whether a text names one expert by its number. */
static bool is_single_expert(struct cc_text text)
{
    static const char experts[] = "experts.";
    const size_t len = sizeof experts - 1;
    for (size_t i = 0; i + len < text.len; i++)
        if (memcmp(text.s + i, experts, len) == 0 && text.s[i + len] >= '0' && text.s[i + len] <= '9')
            return true;
    return false;
}

/* Whether the pattern names something that is not quantized anyway: in a layer, in modules that predict further tokens,
 * which follow the layers, or outside of them. */
static bool is_kept(struct pattern *pattern, int64_t layers)
{
    char name[96];
    if (pattern->layer >= layers)
        return true;
    for (size_t i = 0; i < COUNT(kept); i++)
        if (names(pattern, kept[i]))
            return true;
    const bool one = pattern->layer >= 0;
    for (int64_t layer = one ? pattern->layer : layers - 1; layer <= (one ? pattern->layer : layers); layer++)
        for (size_t i = 0; i < COUNT(kept_in_layer); i++) {
            snprintf(name, sizeof name, "layers.%" PRId64 ".%s", layer, kept_in_layer[i]);
            if (names(pattern, name))
                return true;
        }
    return false;
}

static const struct part *part_of(const struct cc_llm *llm, enum cc_hf_part part)
{
    return part == CC_HF_ATTENTION && cc_llm_is_latent(llm) ? &latent_attention : &parts[part];
}

/* Whether a layer has a part. */
static bool has_part(const struct cc_llm *llm, int64_t layer, enum cc_hf_part part)
{
    const bool experts = llm->kind[llm->layer[layer]].ffn == CC_EXPERTS;
    switch (part) {
    case CC_HF_FEED_FORWARD:
        return !experts;
    case CC_HF_SHARED:
        return experts && llm->shared_width > 0;
    case CC_HF_ROUTED:
        return experts;
    default:
        return true;
    }
}

static bool leave_out(const struct cc_hf_reader *r, const struct cc_hf_entry *entry, const struct cc_llm *llm,
                      long *steps, struct cc_hf_left_out *out)
{
    char buffer[PATTERN_SIZE];
    const struct cc_text text = cc_yaml_scalar(entry->value);
    struct pattern pattern = pattern_of(text, buffer, steps);
    bool any = false;
    if (is_other(text))
        return true;
    if (is_single_expert(text))
        return cc_yaml_fail(&entry->place, r->error, "'%.*s': excluding single experts is not modelled",
                            CC_TEXT_ARG(text));
    for (int64_t i = pattern.layer < 0 ? 0 : pattern.layer;
         i < llm->num_layers && (pattern.layer < 0 || i == pattern.layer) && pattern.understood; i++)
        for (int part = 0; part < CC_HF_PARTS; part++) {
            if (!has_part(llm, i, (enum cc_hf_part)part))
                continue;
            const unsigned char mask = matrices_named(&pattern, i, part_of(llm, (enum cc_hf_part)part));
            out->matrices[i][part] |= mask;
            any |= mask != 0;
        }
    any |= pattern.understood && is_kept(&pattern, llm->num_layers);
    if (*steps <= 0)
        return cc_yaml_fail(&entry->place, r->error, "too many patterns, or too complex to match");
    if (pattern.understood && any)
        return true;
    return cc_yaml_fail(&entry->place, r->error, "'%.*s' %s", CC_TEXT_ARG(text),
                        pattern.understood ? "matches no known part of the model"
                                           : "is not a supported pattern: expected a name, with * or after re: .*, "
                                             "\\d+ and (a|b)");
}

/* The bits of all matrices of a part. */
static unsigned char all_of(const struct cc_llm *llm, enum cc_hf_part part)
{
    const struct part *p = part_of(llm, part);
    unsigned char mask = 0;
    for (size_t m = 0; m < COUNT(p->matrices); m++)
        mask |= (unsigned char)(p->matrices[m].names[0] != NULL ? 1U << m : 0);
    return part != CC_HF_ATTENTION && !llm->gated ? (unsigned char)(mask & ~1U) : mask;
}

bool cc_hf_is_left_out(const struct cc_hf_left_out *out, int64_t layer, enum cc_hf_part part)
{
    return out->matrices[layer][part] != 0;
}

/* Fails where some matrices of a part are left out and others are not. */
static bool check_whole(const struct cc_hf_reader *r, const struct cc_hf_entry *patterns, const struct cc_llm *llm,
                        const struct cc_hf_left_out *out)
{
    static const char *const part_names[CC_HF_PARTS] = {"attention", "feed-forward", "shared experts", "experts"};
    for (int64_t i = 0; i < llm->num_layers; i++)
        for (int part = 0; part < CC_HF_PARTS; part++) {
            const unsigned char all = all_of(llm, (enum cc_hf_part)part), mask = out->matrices[i][part] & all;
            if (mask != 0 && mask != all)
                return cc_yaml_fail(&patterns->place, r->error,
                                    "only some matrices of the %s of layer %" PRId64
                                    " are excluded, which is not modelled",
                                    part_names[part], i);
        }
    return true;
}

bool cc_hf_leave_out(const struct cc_hf_reader *r, const struct cc_hf_entry *patterns, const struct cc_llm *llm,
                     struct cc_hf_left_out *out)
{
    struct cc_hf_entry item;
    void *iterator = NULL;
    long steps = STEPS_MAX;
    if (!cc_hf_check_list(r, patterns, "a list of patterns"))
        return false;
    while (cc_hf_next(patterns, &iterator, &item)) {
        if (!cc_hf_is_quoted(item.value))
            return cc_hf_fail_expected(r, &item, "a string");
        if (!leave_out(r, &item, llm, &steps, out))
            return false;
    }
    return check_whole(r, patterns, llm, out);
}
