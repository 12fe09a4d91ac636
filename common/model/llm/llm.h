/* llm.h: a language model and what it takes: parameters, bytes, floating-point operations. */
#ifndef CC_MODEL_LLM_LLM_H
#define CC_MODEL_LLM_LLM_H

#include "base/field.h"

/* The keys of a model file. */
#define CC_LLM_INPUT(X, T) \
    X##_TEXT(T, name, "name", CC_OPTIONAL, "name of the model (default: that of the file)") \
    X##_INT(T, num_layers, "num_layers", CC_REQUIRED, 0, CC_POSITIVE, "", "transformer layers, at most 10000") \
    X##_INT(T, d, "d", CC_REQUIRED, 0, CC_POSITIVE, "", "width of the model") \
    X##_INT(T, num_heads, "num_heads", CC_REQUIRED, 0, CC_POSITIVE, "", "query heads of a layer") \
    X##_INT(T, d_head, "d_head", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of a head (default: floor(d/num_heads))") \
    X##_INT(T, d_ff, "d_ff", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of the feed-forward layer (default: 4 d)") \
    X##_TEXT(T, act, "act", CC_OPTIONAL, "activation (default: gelu); a gated one contains glu") \
    X##_REAL(T, heads_per_kv_cache, "heads_per_kv_cache", CC_OPTIONAL, 1, CC_AT_LEAST_ONE, "", "query heads that share a key/value head: 1 multi-head, num_heads multi-query, between grouped-query") \
    X##_REAL(T, bytes_per_number, "bytes_per_number", CC_OPTIONAL, 2, CC_POSITIVE, "B", "size of a weight, activation or KV number") \
    X##_FLAG(T, parallel_layers, "parallel_layers", false, "attention and feed-forward side by side, reduced together") \
    X##_INT(T, vocab_size, "vocab_size", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "", "vocabulary (0: embeddings are not counted)") \
    X##_FLAG(T, tied_embeddings, "tied_embeddings", false, "input and output embedding are one matrix")

struct cc_llm_input { CC_LLM_INPUT(CC_MEMBER, ) };

/* The `model` entry of a record. */
#define CC_LLM_FIELDS(X, T) \
    X##_TEXT(T, name, "name", CC_REQUIRED, "name of the model") \
    X##_INT(T, num_layers, "num_layers", CC_OPTIONAL, NAN, CC_POSITIVE, "", "transformer layers") \
    X##_INT(T, d, "d", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of the model") \
    X##_INT(T, num_heads, "num_heads", CC_OPTIONAL, NAN, CC_POSITIVE, "", "query heads of a layer") \
    X##_INT(T, d_head, "d_head", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of a head") \
    X##_INT(T, d_ff, "d_ff", CC_OPTIONAL, NAN, CC_POSITIVE, "", "width of the feed-forward layer") \
    X##_TEXT(T, act, "act", CC_OPTIONAL, "activation") \
    X##_REAL(T, heads_per_kv_cache, "heads_per_kv_cache", CC_OPTIONAL, NAN, CC_AT_LEAST_ONE, "", "query heads that share a key/value head") \
    X##_REAL(T, bytes_per_number, "bytes_per_number", CC_OPTIONAL, NAN, CC_POSITIVE, "B", "size of a number") \
    X##_FLAG(T, parallel_layers, "parallel_layers", false, "1: attention and feed-forward side by side, reduced together") \
    X##_INT(T, vocab_size, "vocab_size", CC_OPTIONAL, 0, CC_NOT_NEGATIVE, "", "vocabulary (0: embeddings are not counted)") \
    X##_FLAG(T, tied_embeddings, "tied_embeddings", false, "1: input and output embedding are one matrix") \
    X##_REAL(T, parameters, "parameters", CC_OPTIONAL, NAN, CC_POSITIVE, "", "weights of all layers, and embeddings") \
    X##_REAL(T, bytes, "bytes", CC_OPTIONAL, NAN, CC_POSITIVE, "B", "bytes of all weights") \
    X##_REAL(T, kv_bytes_per_token, "kv_bytes_per_token", CC_OPTIONAL, NAN, CC_POSITIVE, "B", "key/value cache of a token")

struct cc_llm {
    CC_LLM_FIELDS(CC_MEMBER, )
    /* Not in records: */
    bool gated;          /* act has a gate matrix (swiglu, geglu, ...) */
    int64_t context_max; /* tokens that attention looks back over at most: longer contexts are not modelled; 0: any */
};

enum { CC_LAYERS_MAX = 10000 };

/* The model with its defaults filled in and its sizes computed, for any context. Texts point where those of `in` do. */
struct cc_llm cc_llm_of(const struct cc_llm_input *in);

/* Numbers (weights) of a layer: Q, K, V and O; the two feed-forward matrices; the gate matrix, 0 without one; and all of
 * these. */
double cc_llm_attention(const struct cc_llm *llm);
double cc_llm_feed_forward(const struct cc_llm *llm);
double cc_llm_gate(const struct cc_llm *llm);
double cc_llm_layer(const struct cc_llm *llm);

/* Numbers of the output projection, vocab_size d; the input embedding has as many, unless it is the same matrix. */
double cc_llm_output_projection(const struct cc_llm *llm);

/* Numbers a token has in all query heads of a layer: num_heads d_head; and as key (or as value). */
double cc_llm_query_width(const struct cc_llm *llm);
double cc_llm_key_width(const struct cc_llm *llm);

/* Floating-point operations of the prefill of one request of `len` tokens, each of which looks at `pairs` of them on the
 * mean, and of generating one token at a context of `context` tokens. Each ends with one output projection. Published: `gate` is false, the gate matrix not counted. */
double cc_llm_prefill_flops(const struct cc_llm *llm, double len, double pairs, bool gate);
double cc_llm_token_flops(const struct cc_llm *llm, double context, bool gate);

#endif
