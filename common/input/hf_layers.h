/* hf_layers.h: which layers of a config.json have experts, and what each attends to. */
#ifndef CC_INPUT_HF_LAYERS_H
#define CC_INPUT_HF_LAYERS_H

#include "input/hf_reader.h"
#include "model/llm/llm.h"

/* Sets the window, and the intervals and offsets of layers; where these cannot say it, their list, in the reader's
 * arena. The model has its number of layers and experts. */
bool cc_hf_layers_read(const struct cc_hf_reader *r, struct cc_llm_input *in) CC_MUST_CHECK;

#endif
