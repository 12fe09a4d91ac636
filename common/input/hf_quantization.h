/* hf_quantization.h: the formats of a config.json's numbers: its data type, and how its weights are quantized. */
#ifndef CC_INPUT_HF_QUANTIZATION_H
#define CC_INPUT_HF_QUANTIZATION_H

#include "input/hf_reader.h"
#include "model/llm/llm.h"

/* Sets bytes_per_number and the formats. The sizes of the model are set, and without fault. Looks also into
 * hf_quant_config.json next to the file. For partly quantized weights the format has the average number of bits, and
 * the type of the majority. */
bool cc_hf_formats_read(const struct cc_hf_reader *r, struct cc_llm_input *in) CC_MUST_CHECK;

#endif
