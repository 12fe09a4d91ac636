/* describe.h: --describe. */
#ifndef LLM_MAP_DESCRIBE_H
#define LLM_MAP_DESCRIBE_H

#include "mapper.h"

/* Prints the models as YAML documents. */
void describe_models(struct mapper *m);

#endif
