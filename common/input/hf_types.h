/* hf_types.h: the model types of the Hugging Face hub: the names of their keys, and the defaults of those that are
 * absent.
 *
 * A key may have several names, "n_embed|hidden_size", of which the first that a file has counts, and lie in maps
 * inside the file, "attn_config.kv_n_heads". */
#ifndef CC_INPUT_HF_TYPES_H
#define CC_INPUT_HF_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum cc_hf_parallel { CC_HF_NEVER, CC_HF_ALWAYS, CC_HF_BY_KEY };

/* Which layers look at a window, or a chunk, when the file has no list of them. */
enum cc_hf_window {
    CC_HF_NO_WINDOW,
    CC_HF_EVERY_WINDOW,   /* all */
    CC_HF_SWITCHED,       /* if use_sliding_window, those from max_window_layers on */
    CC_HF_WINDOW_PATTERN, /* all but the last of every sliding_window_pattern */
    CC_HF_CHUNKS,         /* those with rotary positions: all but the last of every no_rope_layer_interval */
};

/* Which layers have experts. */
enum cc_hf_experts {
    CC_HF_DENSE,
    CC_HF_EVERY_EXPERTS,
    CC_HF_AFTER_FIRST, /* from first_k_dense_replace on, every moe_layer_freq */
    CC_HF_BY_STEP,     /* the last of every decoder_sparse_step, but for mlp_only_layers */
    CC_HF_INTERLEAVED, /* moe_layers, or the last of every interleave_moe_layer_step */
    CC_HF_FROM_TO,     /* from moe_layer_start_index to moe_layer_end_index, the last of every moe_layer_interval */
};

struct cc_hf_type {
    const char *name;
    const char *width, *layers, *heads, *vocab;
    int64_t heads_default, vocab_default; /* 0: the key must be there */
    const char *feed_forward;
    int64_t feed_forward_times; /* of the width, when the key is missing; 0: the key must be there */
    const char *expansion;      /* a key that says so many times, in place of feed_forward */
    const char *act_key, *act;  /* act_key NULL: always act */
    bool gated;
    const char *kv_heads;        /* NULL: as many as heads */
    int64_t kv_heads_default;    /* when the key is missing; 0: as many as heads. Null is as many as heads too */
    const char *kv_heads_switch; /* a flag without which there are as many as heads */
    bool multi_query;            /* kv_heads is under the switches multi_query and new_decoder_architecture */
    const char *head_width;      /* NULL: width / heads */
    int64_t head_width_default;  /* 0: width / heads */
    bool tied;
    enum cc_hf_parallel parallel;
    const char *parallel_key; /* CC_HF_BY_KEY */
    bool parallel_default;
    enum cc_hf_window window;
    int64_t window_default;      /* tokens; 0: none */
    int64_t pattern_default;     /* CC_HF_WINDOW_PATTERN, CC_HF_CHUNKS: layers to one with full attention; 0: none has a
                                    window */
    const char *embedding_width; /* must be the width: there is no other projection to it */
    bool latent;                 /* keys and values are kept as a latent */
    int64_t index_heads;         /* of sparse attention, when index_n_heads is missing; 0: attention is not sparse */
    enum cc_hf_experts experts_in;
    int64_t first_dense; /* CC_HF_AFTER_FIRST and CC_HF_FROM_TO: when the key is missing */
    const char *experts, *experts_per_token, *expert_width;
    const char *shared;       /* number of shared experts; NULL: one if there is a shared_width, else none */
    const char *shared_width; /* of one; NULL: as an expert */
};

/* The type of that name, or NULL. */
const struct cc_hf_type *cc_hf_type_named(struct cc_text name);

/* The name of a similarly spelt type, or NULL. */
const char *cc_hf_type_near(struct cc_text name);

/* Why models of a type that is not in the table are refused; NULL: unknown type. */
const char *cc_hf_type_refused(struct cc_text name);

/* The type of the text part of a model of several media, when that part does not say it; NULL: none is known. */
const char *cc_hf_type_of_text(struct cc_text name);

#define CC_HF_STATES "layers that keep a state in place of keys and values are not modelled"
#define CC_HF_LAYERS_DIFFER "layers of different shapes are not modelled"

#endif
