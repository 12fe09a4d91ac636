/* hf_config.h: a language model as the Hugging Face hub gives it, a config.json.
 *
 * The keys of a config.json depend on its model_type; those that are missing have the default of that type's class in
 * the transformers library. For a multimodal model the text part is read and its towers are left out. What a
 * struct cc_llm_input cannot say exactly (encoders, states, layers of different shapes, ...) is refused with its
 * reason; keys that affect none of its sizes are ignored. */
#ifndef CC_INPUT_HF_CONFIG_H
#define CC_INPUT_HF_CONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "input/yaml.h"
#include "model/llm/llm.h"

struct cc_hf_config {
    struct cc_llm_input llm; /* texts belong to the document, or are literals; without a name where the file has none */
    const char *model_type;
};

/* Whether the root of a file is that of a config.json rather than of a model file. */
bool cc_hf_config_is(const struct cc_yaml *yaml);

/* The model of a config.json, free of faults. Its lists live in the arena. False, and an error at the key's
 * place, when it is damaged or cannot be represented. */
bool cc_hf_config_read(struct cc_arena *arena, const struct cc_yaml *yaml, struct cc_hf_config *config,
                       struct cc_error *error) CC_MUST_CHECK;

#endif
