/* llm.h: a language model and what it takes: parameters, bytes, floating-point operations.
 *
 * A layer is attention and a feed-forward part, each of one of a few kinds; layers of one pair of kinds are alike. */
#ifndef CC_MODEL_LLM_LLM_H
#define CC_MODEL_LLM_LLM_H

#include "base/field.h"

/* Sizes: of a model file, where `sized` is CC_REQUIRED, and of a record's model, where `named` is. What is left out is worked out by
 * cc_llm_of. */
#define CC_LLM_SIZES(X, T, named, sized) \
    X##_TEXT(T, name, "name", named, "name of the model (default: that of the file)") \
    X##_INT(T, num_layers, "num_layers", sized, NAN, CC_POSITIVE, "", "transformer layers, at most 10000") \
    X##_INT(T, d, "d", sized, NAN, CC_POSITIVE, "", "width of the model") \
    X##_INT(T, num_heads, "num_heads", sized, NAN, CC_POSITIVE, "", "query heads of a layer") \
    X##_INT(T, d_head, "d_head", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of a head (default: floor(d/num_heads))") \
    X##_INT(T, d_ff, "d_ff", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of the feed-forward layer (default: 4 d)") \
    X##_TEXT(T, act, "act", CC_OPTIONAL, "activation (default: gelu); a gated one contains glu") \
    X##_REAL(T, heads_per_kv_cache, "heads_per_kv_cache", CC_OPTIONAL, 1, CC_AT_LEAST_ONE, "", "query heads that share a key/value head: 1 multi-head, num_heads multi-query, between grouped-query") \
    X##_REAL(T, bytes_per_number, "bytes_per_number", CC_OPTIONAL, 2, CC_POSITIVE, "B", "size of a weight, activation or KV number that has no format of its own") \
    X##_FLAG(T, parallel_layers, "parallel_layers", false, "attention and feed-forward side by side, reduced together") \
    X##_INT(T, vocab_size, "vocab_size", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "", "vocabulary (0: embeddings are not counted)") \
    X##_FLAG(T, tied_embeddings, "tied_embeddings", false, "input and output embedding are one matrix")

/* Fields of models with experts, latent attention and mixed formats: in files and records alike. */
#define CC_LLM_EXPERTS(X, T) \
    X##_INT(T, num_experts, "num_experts", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "routed experts of a layer, at most 1000 (0: dense layers)") \
    X##_INT(T, experts_per_token, "experts_per_token", CC_OPTIONAL, NAN, CC_POSITIVE, "", "experts that a token is routed to") \
    X##_INT(T, moe_d_ff, "moe_d_ff", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of an expert (default: d_ff)") \
    X##_INT(T, shared_experts, "shared_experts", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "experts that every token goes through (default: 0)") \
    X##_INT(T, shared_d_ff, "shared_d_ff", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of a shared expert (default: moe_d_ff)") \
    X##_INT(T, first_k_dense, "first_k_dense", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "first layers that have no experts (default: 0)") \
    X##_INT(T, moe_interval, "moe_interval", CC_OPTIONAL, NAN, CC_POSITIVE, "", "of so many layers one has experts (default: 1, all)") \
    X##_INT(T, moe_offset, "moe_offset", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "which of them: layer mod moe_interval (default: 0)")

#define CC_LLM_LATENT(X, T) \
    X##_INT(T, kv_lora_rank, "kv_lora_rank", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "width of the latent that keys and values are kept as: multi-head latent attention (0: none)") \
    X##_INT(T, q_lora_rank, "q_lora_rank", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "width of the latent of queries (0, default: none)") \
    X##_INT(T, qk_nope_head_dim, "qk_nope_head_dim", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of a head's query without position") \
    X##_INT(T, qk_rope_head_dim, "qk_rope_head_dim", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of a head's query with position") \
    X##_INT(T, v_head_dim, "v_head_dim", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of a head's value") \
    X##_INT(T, num_mtp, "num_mtp", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "modules that predict further tokens, each a layer (default: 0)")

#define CC_LLM_ATTENTION(X, T) \
    X##_TEXT(T, local_attention, "local_attention", CC_OPTIONAL, "attention of the layers that are not full: window, chunk or sparse") \
    X##_INT(T, attention_interval, "attention_interval", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "of so many layers one has full attention (default: 1, all; 0: none)") \
    X##_INT(T, attention_offset, "attention_offset", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "", "which of them: layer mod attention_interval (default: the last)") \
    X##_INT(T, window, "window", CC_OPTIONAL, NAN, CC_POSITIVE, "tokens", "tokens that a window or a chunk has") \
    X##_INT(T, attention_sinks, "attention_sinks", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "tokens", "first tokens that a window always has in it (default: 0)") \
    X##_INT(T, index_heads, "index_heads", CC_OPTIONAL, NAN, CC_POSITIVE, "", "heads of the index of sparse attention") \
    X##_INT(T, index_dim, "index_dim", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of a head of the index") \
    X##_INT(T, index_topk, "index_topk", CC_OPTIONAL, NAN, CC_POSITIVE, "tokens", "tokens that the index chooses to look at")

#define CC_LLM_FORMATS(X, T) \
    X##_FORMAT(T, weight_bits, "weight_bits", "weights but for those below (default: 8 bytes_per_number)") \
    X##_FORMAT(T, expert_bits, "expert_bits", "routed experts (default: weight_bits)") \
    X##_FORMAT(T, embedding_bits, "embedding_bits", "embeddings, output projection, router (default: 8 bytes_per_number)") \
    X##_FORMAT(T, kv_bits, "kv_bits", "keys and values, or their latent (default: 8 bytes_per_number)") \
    X##_FORMAT(T, kv_rope_bits, "kv_rope_bits", "part of the latent that has positions (default: kv_bits)") \
    X##_FORMAT(T, index_bits, "index_bits", "keys of the index of sparse attention (default: 8.25)") \
    X##_FORMAT(T, activation_bits, "activation_bits", "what weights are multiplied with (default: 8 bytes_per_number)") \
    X##_FORMAT(T, attention_bits, "attention_bits", "what keys and values are multiplied with (default: activation_bits)") \
    X##_FORMAT(T, comm_bits, "comm_bits", "on links (default: 8 bytes_per_number)") \
    X##_FORMAT(T, dispatch_bits, "dispatch_bits", "on links, on the way to experts (default: comm_bits)") \
    X##_FORMAT(T, combine_bits, "combine_bits", "on links, on the way from experts (default: comm_bits)")

#define CC_LLM_SPARSITY(X, T) \
    X##_REAL(T, weight_sparsity, "weight_sparsity", CC_OPTIONAL, NAN, CC_BELOW_ONE, "", "share of zeros among the weights, which are stored compressed (default: 0)") \
    X##_REAL(T, sparse_index_bits, "sparse_index_bits", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "bit", "stored with each weight that is not zero (default: 8)") \
    X##_REAL(T, sparse_fixed_bits, "sparse_fixed_bits", CC_OPTIONAL, NAN, CC_NOT_NEGATIVE, "bit", "stored for each weight, zero or not (default: 0)") \
    X##_TEXT(T, sparse_load, "sparse_load", CC_OPTIONAL, "what bandwidth has to carry: dense (default; decoders are in the memory) or compressed")

#define CC_LLM_NEWER(X, T) \
    CC_LLM_EXPERTS(X, T) CC_LLM_LATENT(X, T) CC_LLM_ATTENTION(X, T) CC_LLM_FORMATS(X, T) CC_LLM_SPARSITY(X, T)

/* An entry of `layers`. */
#define CC_LAYERS_INPUT(X, T) \
    X##_INT(T, count, "count", CC_OPTIONAL, 1, CC_POSITIVE, "", "layers of this kind, one after the other") \
    X##_TEXT(T, attention, "attention", CC_OPTIONAL, "full (default), window, chunk, sparse or none") \
    X##_TEXT(T, ffn, "ffn", CC_OPTIONAL, "dense, experts or none (default: experts where the model has any)")

struct cc_layers_input { CC_LAYERS_INPUT(CC_MEMBER, ) };

/* The keys of a model file. */
#define CC_LLM_INPUT(X, T) \
    CC_LLM_SIZES(X, T, CC_OPTIONAL, CC_REQUIRED) \
    CC_LLM_NEWER(X, T) \
    X##_FLAG(T, attention_gate, "attention_gate", false, "queries are projected twice, once for a gate on what attention gives") \
    X##_LIST(T, layers, "layers", cc_layers_input, "the layers, in place of the intervals and offsets: [{count, attention, ffn}, ...]")

struct cc_llm_input { CC_LLM_INPUT(CC_MEMBER, ) };

/* The `model` entry of a record. */
#define CC_LLM_FIELDS(X, T) \
    CC_LLM_SIZES(X, T, CC_REQUIRED, CC_OPTIONAL) \
    CC_LLM_NEWER(X, T) \
    X##_REAL(T, parameters, "parameters", CC_OPTIONAL, NAN, CC_POSITIVE, "", "weights of all layers, and embeddings") \
    X##_REAL(T, active_parameters, "active_parameters", CC_OPTIONAL, NAN, CC_POSITIVE, "", "of them, what a token is multiplied with, output projection included; not of plain dense models") \
    X##_REAL(T, bytes, "bytes", CC_OPTIONAL, NAN, CC_POSITIVE, "B", "bytes of all weights") \
    X##_REAL(T, kv_bytes_per_token, "kv_bytes_per_token", CC_OPTIONAL, NAN, CC_POSITIVE, "B", "key/value cache of a token, while no window is full") \
    X##_REAL(T, kv_bytes_per_request, "kv_bytes_per_request", CC_OPTIONAL, NAN, CC_POSITIVE, "B", "key/value cache of a request at its end; not of plain dense models")

enum cc_attention { CC_FULL, CC_WINDOW, CC_CHUNK, CC_SPARSE, CC_NO_ATTENTION, CC_ATTENTIONS };
enum cc_ffn { CC_DENSE, CC_EXPERTS, CC_NO_FFN, CC_FFNS };

extern const char *const cc_attention_names[CC_ATTENTIONS], *const cc_ffn_names[CC_FFNS];

/* Layers that are alike. */
struct cc_layer_kind {
    enum cc_attention attention;
    enum cc_ffn ffn;
    double count; /* of the model */
};

enum { CC_LAYERS_MAX = 10000, CC_LAYER_KINDS_MAX = CC_ATTENTIONS * CC_FFNS, CC_EXPERTS_MAX = 1000, CC_MIXED_LAYERS_MAX = 600 };

/* Formats of all numbers, none left out. */
struct cc_llm_formats { CC_LLM_FORMATS(CC_MEMBER, ) };

struct cc_llm {
    CC_LLM_FIELDS(CC_MEMBER, )
    /* Not in records: */
    bool gated;   /* act has a gate matrix (swiglu, geglu, ...) */
    bool plain;   /* nothing of CC_LLM_NEWER is given: the fields of records are those of dense models */
    bool attention_gate;
    struct cc_llm_formats format;
    double experts, active_experts, expert_width; /* of a layer: routed ones, those of a token, width of each; 0: dense */
    double shared_width;                          /* of all shared experts together */
    double latent, query_latent;                  /* 0: none */
    double mtp_modules;
    size_t kinds;
    struct cc_layer_kind kind[CC_LAYER_KINDS_MAX];
    unsigned char layer[CC_LAYERS_MAX]; /* index of its kind */
};

/* The fault of a model whose keys are each in range, and its key; NULL when there is none. A fault reads as what was expected instead. */
const char *cc_llm_fault(const struct cc_llm_input *in, const char **key);

/* The model with its defaults filled in and its sizes computed, for any context; `in` has no fault. Texts point where those of `in` do. */
struct cc_llm cc_llm_of(const struct cc_llm_input *in);

/* Whether keys and values are kept as a latent (multi-head latent attention, DeepSeek-V2, arXiv 2405.04434). */
static inline bool cc_llm_is_latent(const struct cc_llm *llm)
{
    return llm->latent > 0;
}

/* Numbers (weights) of attention: Q, K, V and O, or the projections of latent attention; with the index of sparse attention. */
double cc_llm_attention(const struct cc_llm *llm, enum cc_attention attention);

/* Numbers of a dense feed-forward layer of a width: two matrices, and the gate matrix where there is one. */
double cc_llm_feed_forward(const struct cc_llm *llm, double width);
double cc_llm_gate(const struct cc_llm *llm, double width);

/* Numbers of one expert, and of the router to them. */
double cc_llm_expert(const struct cc_llm *llm);
double cc_llm_router(const struct cc_llm *llm);

/* Numbers of the output projection, vocab_size d; the input embedding has as many, unless it is the same matrix. */
double cc_llm_output_projection(const struct cc_llm *llm);

/* Numbers a token has in all query heads of a layer: num_heads d_head; and as key (or as value). */
double cc_llm_query_width(const struct cc_llm *llm);
double cc_llm_key_width(const struct cc_llm *llm);

/* Numbers of a layer by how they are stored. */
struct cc_layer_numbers {
    double weights;            /* attention, dense feed-forward, shared experts */
    double router;             /* stored as embeddings are */
    double experts;            /* all routed ones */
};
struct cc_layer_numbers cc_llm_layer(const struct cc_llm *llm, const struct cc_layer_kind *kind);

/* Bits that a weight takes where it is stored: as compressed, when the model is sparse. Format: weight_bits or expert_bits. Source: Chiplet
 * Cloud (arXiv 2307.02666), store as compressed, load as dense. */
double cc_llm_stored_bits(const struct cc_llm *llm, struct cc_number_format format);

/* Bits of a weight as it is loaded from memory. */
double cc_llm_loaded_bits(const struct cc_llm *llm, struct cc_number_format format);

/* Bytes of these numbers. */
double cc_llm_bytes_of(const struct cc_llm *llm, struct cc_layer_numbers numbers);

/* Bytes of the cache of a token in a layer that keeps it, all heads. */
double cc_llm_kv_token_bytes(const struct cc_llm *llm, enum cc_attention attention);

/* Bytes of the cache of a request of `tokens` tokens, all layers. */
double cc_llm_kv_request_bytes(const struct cc_llm *llm, double tokens);

/* Weights used per token (active parameters): all but the input embedding and the experts that the token is not routed to. */
double cc_llm_active_parameters(const struct cc_llm *llm);

/* Multiply-accumulates of a token in all layers, by what they multiply. */
struct cc_llm_macs {
    double weights, experts, router;
    double core;  /* queries with what is kept, scores with it: keys and values, or the latent */
    double made;  /* the same with keys and values that are made of the latent */
    double index; /* of sparse attention */
};

/* A token that attends to `pairs[attention]` tokens in layers of that attention. Latent attention in absorbed form multiplies with the latent;
 * else with keys and values that are made of the latent of `expanded` tokens for each token. `gate` false: published, the gate matrix is not counted. */
struct cc_llm_macs cc_llm_macs_of(const struct cc_llm *llm, const double pairs[CC_ATTENTIONS], bool absorbed,
                                  double expanded, bool gate);

/* Those of a layer with weights that are not of routed experts. */
double cc_llm_weight_macs(const struct cc_llm *llm, const struct cc_layer_kind *kind, bool absorbed, double expanded,
                          bool gate);

/* Whether keys and values are made of the latent: in prefill, but for sparse attention; `absorbed` says what the phase asks for. */
bool cc_llm_makes_keys(const struct cc_llm *llm, enum cc_attention attention, bool absorbed);

/* Numbers that a token's queries and scores are multiplied with for each token it attends to, all heads. */
double cc_llm_core_width(const struct cc_llm *llm, enum cc_attention attention, bool absorbed);

/* Bytes of the modules that predict further tokens: a layer of the last kind each, and the joined input's 2 d^2. */
double cc_llm_mtp_bytes(const struct cc_llm *llm);

#endif
