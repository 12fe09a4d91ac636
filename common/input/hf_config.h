/* hf_config.h: a language model as the Hugging Face hub gives it, a config.json.
 *
 * The keys of a config.json depend on its model_type; those that are missing have the default of that type's class in
 * the transformers library. What a struct cc_llm_input cannot say exactly (experts, encoders, quantized weights, ...)
 * is refused with its reason; keys that bear on none of its sizes are passed over. */
#ifndef CC_INPUT_HF_CONFIG_H
#define CC_INPUT_HF_CONFIG_H

#include "base/error.h"
#include "input/yaml.h"
#include "model/llm/llm.h"

struct cc_hf_config {
    struct cc_llm_input llm; /* texts belong to the document, or are literals; without a name where the file has none */
    const char *model_type;
    int64_t context_max;     /* as in struct cc_llm */
};

/* Whether the root of a file is that of a config.json, and not of a model file of ours. */
bool cc_hf_config_is(const struct cc_yaml *yaml);

/* The model of a config.json. False, and an error at the key's place, when it is damaged or cannot be represented. */
bool cc_hf_config_read(const struct cc_yaml *yaml, struct cc_hf_config *config, struct cc_error *error) CC_MUST_CHECK;

#endif
