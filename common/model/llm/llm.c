#include "model/llm/llm.h"

#include "model/llm/span.h"

const char *const cc_attention_names[CC_ATTENTIONS] = {"full", "window", "chunk", "sparse", "none"};
const char *const cc_ffn_names[CC_FFNS] = {"dense", "experts", "none"};

static double given_or(int64_t given, double otherwise)
{
    return given == CC_NO_INT ? otherwise : (double)given;
}

double cc_llm_query_width(const struct cc_llm *llm)
{
    return (double)llm->num_heads * (double)llm->d_head;
}

double cc_llm_key_width(const struct cc_llm *llm)
{
    return cc_llm_query_width(llm) / llm->heads_per_kv_cache;
}

/* The projections of latent attention: of queries, through a latent of their own or not; of the latent that is kept,
 * and out of it; of what comes out. */
static double latent_attention(const struct cc_llm *llm)
{
    const double d = (double)llm->d, heads = (double)llm->num_heads, value = (double)llm->v_head_dim;
    const double nope = (double)llm->qk_nope_head_dim, rope = (double)llm->qk_rope_head_dim;
    const double query_in = llm->query_latent > 0 ? llm->query_latent : d;
    const double query = d * llm->query_latent + query_in * heads * (nope + rope);
    const double key_value = d * (llm->latent + rope) + llm->latent * heads * (nope + value);
    return query + key_value + heads * value * d;
}

/* The index of sparse attention: queries, keys, and a weight for each head. */
static double index_weights(const struct cc_llm *llm)
{
    const double d = (double)llm->d, heads = (double)llm->index_heads, width = (double)llm->index_dim;
    const double query_in = llm->query_latent > 0 ? llm->query_latent : d;
    return query_in * heads * width + d * width + d * heads;
}

double cc_llm_attention(const struct cc_llm *llm, enum cc_attention attention)
{
    if (attention == CC_NO_ATTENTION)
        return 0;
    const double index = attention == CC_SPARSE ? index_weights(llm) : 0;
    if (cc_llm_is_latent(llm))
        return latent_attention(llm) + index;
    const double query = cc_llm_query_width(llm) * (double)llm->d;
    const double key = query / llm->heads_per_kv_cache;
    return query + key + key + query + (llm->attention_gate ? query : 0) + index;
}

double cc_llm_feed_forward(const struct cc_llm *llm, double width)
{
    return 2 * (double)llm->d * width;
}

double cc_llm_gate(const struct cc_llm *llm, double width)
{
    return llm->gated ? (double)llm->d * width : 0;
}

double cc_llm_expert(const struct cc_llm *llm)
{
    return cc_llm_feed_forward(llm, llm->expert_width) + cc_llm_gate(llm, llm->expert_width);
}

double cc_llm_router(const struct cc_llm *llm)
{
    return (double)llm->d * llm->experts;
}

double cc_llm_output_projection(const struct cc_llm *llm)
{
    return (double)llm->vocab_size * (double)llm->d;
}

static double dense_numbers(const struct cc_llm *llm, double width, bool gate)
{
    return cc_llm_feed_forward(llm, width) + (gate ? cc_llm_gate(llm, width) : 0);
}

struct cc_layer_numbers cc_llm_layer(const struct cc_llm *llm, const struct cc_layer_kind *kind)
{
    struct cc_layer_numbers n = {.weights = cc_llm_attention(llm, kind->attention)};
    if (kind->ffn == CC_DENSE)
        n.weights += dense_numbers(llm, (double)llm->d_ff, true);
    if (kind->ffn == CC_EXPERTS) {
        n.weights += dense_numbers(llm, llm->shared_width, true);
        n.router = cc_llm_router(llm);
        n.experts = llm->experts * cc_llm_expert(llm);
    }
    return n;
}

static bool is_sparse(const struct cc_llm *llm)
{
    return llm->weight_sparsity > 0; /* not NAN either */
}

double cc_llm_stored_bits(const struct cc_llm *llm, struct cc_number_format format)
{
    if (!is_sparse(llm))
        return format.bits;
    const double index = isnan(llm->sparse_index_bits) ? 8 : llm->sparse_index_bits;
    const double fixed = isnan(llm->sparse_fixed_bits) ? 0 : llm->sparse_fixed_bits;
    return fmin(format.bits, (1 - llm->weight_sparsity) * (format.bits + index) + fixed);
}

double cc_llm_loaded_bits(const struct cc_llm *llm, struct cc_number_format format)
{
    return cc_text_is(llm->sparse_load, "compressed") ? cc_llm_stored_bits(llm, format) : format.bits;
}

double cc_llm_bytes_of(const struct cc_llm *llm, struct cc_layer_numbers numbers)
{
    return numbers.weights * (cc_llm_stored_bits(llm, llm->format.weight_bits) / 8) +
           numbers.router * (llm->format.embedding_bits.bits / 8) +
           numbers.experts * (cc_llm_stored_bits(llm, llm->format.expert_bits) / 8);
}

double cc_llm_kv_token_bytes(const struct cc_llm *llm, enum cc_attention attention)
{
    const struct cc_llm_formats *f = &llm->format;
    if (attention == CC_NO_ATTENTION)
        return 0;
    const double index = attention == CC_SPARSE ? (double)llm->index_dim * (f->index_bits.bits / 8) : 0;
    if (cc_llm_is_latent(llm))
        return llm->latent * (f->kv_bits.bits / 8) + (double)llm->qk_rope_head_dim * (f->kv_rope_bits.bits / 8) + index;
    return 2 * cc_llm_key_width(llm) * (f->kv_bits.bits / 8) + index;
}

double cc_llm_kv_request_bytes(const struct cc_llm *llm, double tokens)
{
    double bytes = 0;
    if (llm->plain)
        return tokens * llm->kv_bytes_per_token;
    for (size_t i = 0; i < llm->kinds; i++) {
        const enum cc_attention attention = llm->kind[i].attention;
        bytes += llm->kind[i].count * cc_span_kept(llm, attention, tokens) * cc_llm_kv_token_bytes(llm, attention);
    }
    return bytes;
}

bool cc_llm_makes_keys(const struct cc_llm *llm, enum cc_attention attention, bool absorbed)
{
    return cc_llm_is_latent(llm) && !absorbed && attention != CC_SPARSE && attention != CC_NO_ATTENTION;
}

double cc_llm_core_width(const struct cc_llm *llm, enum cc_attention attention, bool absorbed)
{
    const double heads = (double)llm->num_heads;
    if (!cc_llm_is_latent(llm))
        return 2 * cc_llm_query_width(llm);
    const double rope = (double)llm->qk_rope_head_dim;
    if (!cc_llm_makes_keys(llm, attention, absorbed))
        return heads * (2 * llm->latent + rope);
    return heads * ((double)llm->qk_nope_head_dim + rope + (double)llm->v_head_dim);
}

double cc_llm_weight_macs(const struct cc_llm *llm, const struct cc_layer_kind *kind, bool absorbed, double expanded,
                          bool gate)
{
    double macs = cc_llm_attention(llm, kind->attention);
    if (cc_llm_makes_keys(llm, kind->attention, absorbed))
        macs +=
            (expanded - 1) * llm->latent * (double)llm->num_heads * (double)(llm->qk_nope_head_dim + llm->v_head_dim);
    if (kind->ffn == CC_NO_FFN)
        return macs;
    return macs + dense_numbers(llm, kind->ffn == CC_DENSE ? (double)llm->d_ff : llm->shared_width, gate);
}

struct cc_llm_macs cc_llm_macs_of(const struct cc_llm *llm, const double pairs[CC_ATTENTIONS], bool absorbed,
                                  double expanded, bool gate)
{
    struct cc_llm_macs macs = {0};
    for (size_t i = 0; i < llm->kinds; i++) {
        const struct cc_layer_kind *kind = &llm->kind[i];
        const bool makes_keys = cc_llm_makes_keys(llm, kind->attention, absorbed);
        macs.weights += kind->count * cc_llm_weight_macs(llm, kind, absorbed, expanded, gate);
        if (kind->ffn == CC_EXPERTS) {
            macs.router += kind->count * cc_llm_router(llm);
            macs.experts += kind->count * llm->active_experts * cc_llm_expert(llm);
        }
        if (kind->attention != CC_NO_ATTENTION)
            *(makes_keys ? &macs.made : &macs.core) +=
                kind->count * cc_llm_core_width(llm, kind->attention, absorbed) * pairs[kind->attention];
        if (kind->attention == CC_SPARSE)
            macs.index += kind->count * (double)llm->index_heads * (double)llm->index_dim * pairs[CC_FULL];
    }
    return macs;
}

double cc_llm_active_parameters(const struct cc_llm *llm)
{
    static const double none[CC_ATTENTIONS] = {0};
    const struct cc_llm_macs macs = cc_llm_macs_of(llm, none, true, 1, true);
    return macs.weights + macs.experts + macs.router + cc_llm_output_projection(llm);
}

double cc_llm_mtp_bytes(const struct cc_llm *llm)
{
    if (llm->mtp_modules == 0)
        return 0;
    const struct cc_layer_kind *last = &llm->kind[llm->layer[llm->num_layers - 1]];
    struct cc_layer_numbers numbers = cc_llm_layer(llm, last);
    numbers.weights += 2 * (double)llm->d * (double)llm->d;
    return llm->mtp_modules * cc_llm_bytes_of(llm, numbers);
}

/* The formats that are given, and for those that are not what they default to. */
static struct cc_llm_formats formats_of(const struct cc_llm_input *in)
{
    const struct cc_number_format all = cc_number_format_of_bits(8 * in->bytes_per_number);
#define GIVEN_OR(key, otherwise) (in->key.bits > 0 ? in->key : (otherwise))
    struct cc_llm_formats f = {
        .weight_bits = GIVEN_OR(weight_bits, all),
        .embedding_bits = GIVEN_OR(embedding_bits, all),
        .kv_bits = GIVEN_OR(kv_bits, all),
        .index_bits = GIVEN_OR(index_bits, cc_number_format_of_bits(8.25)),
        .activation_bits = GIVEN_OR(activation_bits, all),
        .comm_bits = GIVEN_OR(comm_bits, all),
    };
    f.expert_bits = GIVEN_OR(expert_bits, f.weight_bits);
    f.kv_rope_bits = GIVEN_OR(kv_rope_bits, f.kv_bits);
    f.attention_bits = GIVEN_OR(attention_bits, f.activation_bits);
    f.dispatch_bits = GIVEN_OR(dispatch_bits, f.comm_bits);
    f.combine_bits = GIVEN_OR(combine_bits, f.comm_bits);
#undef GIVEN_OR
    return f;
}

static enum cc_attention attention_named(struct cc_text name, enum cc_attention otherwise)
{
    for (int i = 0; i < CC_ATTENTIONS; i++)
        if (cc_text_is(name, cc_attention_names[i]))
            return (enum cc_attention)i;
    return otherwise;
}

static enum cc_ffn ffn_named(struct cc_text name, enum cc_ffn otherwise)
{
    for (int i = 0; i < CC_FFNS; i++)
        if (cc_text_is(name, cc_ffn_names[i]))
            return (enum cc_ffn)i;
    return otherwise;
}

static bool is_one_of(int64_t layer, int64_t interval, int64_t offset)
{
    return interval > 0 && layer % interval == offset;
}

/* The kind of layer `i` of a model without a list of layers. */
static struct cc_layer_kind kind_by_rule(const struct cc_llm_input *in, int64_t i)
{
    const int64_t interval = in->attention_interval == CC_NO_INT ? 1 : in->attention_interval;
    const int64_t offset = in->attention_offset == CC_NO_INT ? interval - 1 : in->attention_offset;
    const int64_t moe_interval = in->moe_interval == CC_NO_INT ? 1 : in->moe_interval;
    const int64_t moe_offset = in->moe_offset == CC_NO_INT ? 0 : in->moe_offset;
    const bool experts = in->num_experts > 0 && (in->first_k_dense == CC_NO_INT || i >= in->first_k_dense) &&
                         is_one_of(i, moe_interval, moe_offset);
    return (struct cc_layer_kind){
        .attention = is_one_of(i, interval, offset) ? CC_FULL : attention_named(in->local_attention, CC_FULL),
        .ffn = experts ? CC_EXPERTS : CC_DENSE,
    };
}

static void add_layer(struct cc_llm *llm, int64_t layer, const struct cc_layer_kind *kind)
{
    size_t i = 0;
    while (i < llm->kinds && (llm->kind[i].attention != kind->attention || llm->kind[i].ffn != kind->ffn))
        i++;
    if (i == llm->kinds)
        llm->kind[llm->kinds++] = (struct cc_layer_kind){kind->attention, kind->ffn, 0};
    llm->kind[i].count++;
    llm->layer[layer] = (unsigned char)i;
}

/* By their list, or by the intervals and offsets. */
static void add_layers(struct cc_llm *llm, const struct cc_llm_input *in)
{
    const struct cc_layers_input *list = in->layers.items;
    int64_t layer = 0;
    for (size_t i = 0; i < in->layers.count; i++) {
        const struct cc_layer_kind kind = {
            .attention = attention_named(list[i].attention, CC_FULL),
            .ffn = ffn_named(list[i].ffn, in->num_experts > 0 ? CC_EXPERTS : CC_DENSE),
        };
        for (int64_t n = 0; n < list[i].count && layer < in->num_layers; n++)
            add_layer(llm, layer++, &kind);
    }
    for (; layer < in->num_layers; layer++) {
        const struct cc_layer_kind kind = kind_by_rule(in, layer);
        add_layer(llm, layer, &kind);
    }
}

/* Whether the model says nothing that a dense model of one format does not. */
static bool is_plain(const struct cc_llm_input *in)
{
#define LACKS_TEXT(T, member, name, need, doc) &&in->member.len == 0
#define LACKS_INT(T, member, name, need, default_value, range, unit, doc) &&in->member == CC_NO_INT
#define LACKS_REAL(T, member, name, need, default_value, range, unit, doc) &&isnan(in->member)
#define LACKS_FORMAT(T, member, name, doc) &&in->member.bits == 0
    return !in->attention_gate && in->layers.count == 0 CC_LLM_NEWER(LACKS, );
#undef LACKS_TEXT
#undef LACKS_INT
#undef LACKS_REAL
#undef LACKS_FORMAT
}

static void set_sizes(struct cc_llm *llm)
{
    struct cc_layer_numbers all = {0};
    double kv_bytes = 0;
    for (size_t i = 0; i < llm->kinds; i++) {
        const struct cc_layer_numbers layer = cc_llm_layer(llm, &llm->kind[i]);
        const double count = llm->kind[i].count;
        all.weights += count * layer.weights;
        all.router += count * layer.router;
        all.experts += count * layer.experts;
        kv_bytes += count * cc_llm_kv_token_bytes(llm, llm->kind[i].attention);
    }
    const double embeddings = cc_llm_output_projection(llm) * (llm->tied_embeddings ? 1 : 2);
    llm->parameters = all.weights + all.router + all.experts + embeddings;
    llm->bytes = cc_llm_bytes_of(llm, all) + embeddings * (llm->format.embedding_bits.bits / 8);
    llm->kv_bytes_per_token = kv_bytes;
    llm->active_parameters = llm->plain ? NAN : cc_llm_active_parameters(llm);
    llm->kv_bytes_per_request = NAN;
}

struct cc_llm cc_llm_of(const struct cc_llm_input *in)
{
#define COPY_TEXT(T, member, name, need, doc) .member = in->member,
#define COPY_INT(T, member, name, need, default_value, range, unit, doc) .member = in->member,
#define COPY_REAL(T, member, name, need, default_value, range, unit, doc) .member = in->member,
#define COPY_FLAG(T, member, name, default_value, doc) .member = in->member,
#define COPY_FORMAT(T, member, name, doc) .member = in->member,
    struct cc_llm llm = {CC_LLM_SIZES(COPY, , , ) CC_LLM_NEWER(COPY, )};
#undef COPY_TEXT
#undef COPY_INT
#undef COPY_REAL
#undef COPY_FLAG
#undef COPY_FORMAT
    if (llm.d_head == CC_NO_INT)
        llm.d_head = in->d / in->num_heads;
    if (llm.d_ff == CC_NO_INT)
        llm.d_ff = 4 * in->d;
    if (llm.act.len == 0)
        llm.act = cc_text_of("gelu");
    llm.gated = cc_text_contains_any_case(llm.act, "glu");
    llm.plain = is_plain(in);
    llm.attention_gate = in->attention_gate;
    llm.format = formats_of(in);
    llm.experts = given_or(in->num_experts, 0);
    llm.active_experts = given_or(in->experts_per_token, 0);
    llm.expert_width = given_or(in->moe_d_ff, (double)llm.d_ff);
    llm.shared_width = given_or(in->shared_experts, 0) * given_or(in->shared_d_ff, llm.expert_width);
    llm.latent = given_or(in->kv_lora_rank, 0);
    llm.query_latent = given_or(in->q_lora_rank, 0);
    llm.mtp_modules = given_or(in->num_mtp, 0);
    add_layers(&llm, in);
    set_sizes(&llm);
    return llm;
}
