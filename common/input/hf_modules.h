/* hf_modules.h: the parts of a model that are not quantized, by the patterns that name them.
 *
 * Files name modules as the classes do, "model.layers.3.self_attn.q_proj", or parts of such names, with * for anything,
 * or after "re:" as a regular expression. A part of a layer (attention, dense feed-forward, shared experts, routed
 * experts) is left out whole or not at all: a pattern that matches only some of its matrices is refused, and so is one
 * that matches nothing known. */
#ifndef CC_INPUT_HF_MODULES_H
#define CC_INPUT_HF_MODULES_H

#include "input/hf_reader.h"
#include "model/llm/llm.h"

enum cc_hf_part { CC_HF_ATTENTION, CC_HF_FEED_FORWARD, CC_HF_SHARED, CC_HF_ROUTED, CC_HF_PARTS };

/* The matrices of each part of each layer that are left out, a bit for each. */
struct cc_hf_left_out {
    unsigned char matrices[CC_LAYERS_MAX][CC_HF_PARTS];
};

/* Adds what the patterns of a list name. */
bool cc_hf_leave_out(const struct cc_hf_reader *r, const struct cc_hf_entry *patterns, const struct cc_llm *llm,
                     struct cc_hf_left_out *out) CC_MUST_CHECK;

/* Whether a part of a layer is left out. */
bool cc_hf_is_left_out(const struct cc_hf_left_out *out, int64_t layer, enum cc_hf_part part);

#endif
