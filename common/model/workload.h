/* workload.h: what the model is asked to do: prompts and answers of a length. */
#ifndef CC_MODEL_WORKLOAD_H
#define CC_MODEL_WORKLOAD_H

#include "base/field.h"

/* The `workload` entry of a record. */
#define CC_WORKLOAD_FIELDS(X, T) \
    X##_INT(T, prefill_len, "prefill_len", CC_REQUIRED, 0, CC_POSITIVE, "tokens", "prompt") \
    X##_INT(T, generate_len, "generate_len", CC_REQUIRED, 0, CC_POSITIVE, "tokens", "answer")

struct cc_workload { CC_WORKLOAD_FIELDS(CC_MEMBER, ) };

#endif
