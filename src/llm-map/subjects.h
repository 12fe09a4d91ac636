/* subjects.h: the inputs of llm-map: constants, system, models. */
#ifndef LLM_MAP_SUBJECTS_H
#define LLM_MAP_SUBJECTS_H

#include "mapper.h"

/* Opens them all; exits on a failure. */
void read_inputs(struct mapper *m);

/* Closes them, and gives the memory of the mapper back. */
void close_inputs(struct mapper *m);

#endif
