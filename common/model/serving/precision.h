/* precision.h: what the formats of a model's numbers mean on a chip: how fast its products are, and what they load and take. */
#ifndef CC_MODEL_SERVING_PRECISION_H
#define CC_MODEL_SERVING_PRECISION_H

#include <stdbool.h>

#include "model/constants.h"
#include "model/hardware/rates.h"
#include "model/llm/llm.h"

/* Products of one kind of numbers with what they are multiplied with. */
struct cc_precision {
    double rate;   /* multiple of the chip's peak performance */
    double bytes;  /* that a number takes while it is loaded */
    double fma_pj; /* a multiply-accumulate; NAN: the constants do not say */
};

struct cc_precisions {
    struct cc_precision weights, experts, embeddings; /* with activations */
    struct cc_precision core;  /* keys and values, or their latent, with queries and scores */
    struct cc_precision made;  /* keys and values that are made of the latent, which are activations */
    struct cc_precision index; /* keys of the index of sparse attention */
};

/* Weights are multiplied in the type of the wider operand, or the next wider for which the chip has a rate. Energy of a
 * multiply-accumulate: that of the constants for the type, else the one at 16 bits divided by how much faster the type is. False: the chip
 * has no rate for one of these. `loaded_bytes` is NAN, or published (load-bytes): bytes of any number on its way. Sources: weight-only quantization
 * widens before it multiplies (GPTQ, arXiv 2210.17323; AWQ, arXiv 2306.00978); DeepSeek-V3 (arXiv 2412.19437) multiplies FP8 and keeps attention's core at 16 bits. */
bool cc_precisions_of(struct cc_precisions *precisions, const struct cc_llm *llm, const struct cc_rates *rates,
                      const struct cc_energy_constants *energy, double loaded_bytes);

/* Whether the energy of every product is known: where a chip has no rate at bf16, the constants have to say it. */
bool cc_precisions_have_energy(const struct cc_precisions *precisions);

#endif
