#include "model/llm/span.h"

/* Most tokens that can be attended to: a window with its sinks, a chunk, or the index's choice. */
static double most(const struct cc_llm *llm, enum cc_attention attention)
{
    if (attention == CC_SPARSE)
        return (double)llm->index_topk;
    const double sinks = llm->attention_sinks == CC_NO_INT ? 0 : (double)llm->attention_sinks;
    return (double)llm->window + (attention == CC_WINDOW ? sinks : 0);
}

double cc_span_kept(const struct cc_llm *llm, enum cc_attention attention, double tokens)
{
    switch (attention) {
    case CC_WINDOW:
    case CC_CHUNK:
        return fmin(tokens, most(llm, attention));
    case CC_NO_ATTENTION:
        return 0;
    default:
        return tokens;
    }
}

/* The sum of all lengths 0 .. x of a text in chunks, as an integral. */
static double chunk_integral(double chunk, double x)
{
    const double whole = floor(x / chunk), rest = x - chunk * whole;
    return whole * chunk * chunk / 2 + rest * rest / 2;
}

/* The mean of min(length, most) over lengths from .. from + more. */
static double window_mean(double most, double from, double more)
{
    if (from >= most)
        return most;
    if (from + more <= most)
        return from + more / 2;
    return ((most * most - from * from) / 2 + most * (from + more - most)) / more;
}

double cc_span_generate(const struct cc_llm *llm, enum cc_attention attention, double from, double more)
{
    switch (attention) {
    case CC_WINDOW:
    case CC_SPARSE:
        return window_mean(most(llm, attention), from, more);
    case CC_CHUNK: {
        const double chunk = most(llm, attention);
        return (chunk_integral(chunk, from + more) - chunk_integral(chunk, from)) / more;
    }
    case CC_NO_ATTENTION:
        return 0;
    default:
        return from + more / 2;
    }
}

double cc_span_prompt(const struct cc_llm *llm, enum cc_attention attention, double prompt)
{
    switch (attention) {
    case CC_WINDOW:
    case CC_SPARSE: {
        const double window = most(llm, attention);
        return prompt <= window ? prompt : 2 * window - window * window / prompt;
    }
    case CC_CHUNK:
        return 2 * chunk_integral(most(llm, attention), prompt) / prompt;
    case CC_NO_ATTENTION:
        return 0;
    default:
        return prompt;
    }
}
