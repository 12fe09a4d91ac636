/* span.h: how many tokens attention keeps, and how many it looks at.
 *
 * A window looks at the last `window` tokens, and at its sinks; a chunk at what its part of the text has so far; sparse attention keeps
 * all and looks at those that its index chooses. Sources: Mistral 7B (arXiv 2310.06825), Gemma 2 (arXiv 2408.00118), StreamingLLM
 * (arXiv 2309.17453) for sinks, Llama 4 for chunks, DeepSeek-V3.2 for sparse attention. */
#ifndef CC_MODEL_LLM_SPAN_H
#define CC_MODEL_LLM_SPAN_H

#include "model/llm/llm.h"

/* Tokens whose keys and values a request of `tokens` tokens keeps in a layer. */
double cc_span_kept(const struct cc_llm *llm, enum cc_attention attention, double tokens);

/* Average number of tokens that a token attends to while the text grows from `from` to `from` + `more` tokens. */
double cc_span_generate(const struct cc_llm *llm, enum cc_attention attention, double from, double more);

/* Twice the average number of tokens that a prompt's token attends to: full attention counts the whole prompt for each token. */
double cc_span_prompt(const struct cc_llm *llm, enum cc_attention attention, double prompt);

#endif
