/* map_options.h: what the options of llm-map ask for, and their parsers. */
#ifndef LLM_MAP_MAP_OPTIONS_H
#define LLM_MAP_MAP_OPTIONS_H

#include "cli/options.h"
#include "model/serving/serving.h"
#include "model/workload.h"
#include "pruning.h"

/* The models asked for, and what they are to be called (NULL: as their files say). A --name is that of the --model
 * before it; where the first --name comes before the first --model, of the --model after it. */
struct asked_models {
    struct cc_option_files files;
    const char *name[CC_OPTION_FILES_MAX + 1]; /* the last: a name that came after the last model */
    bool names_lead;
};

struct options {
    struct cc_shared_options shared;
    struct asked_models models;
    const char *system;
    double price_range;
    enum cc_duty phase; /* CC_BOTH_PHASES: not given */
    double rate;        /* 0: as the system says */
    struct cc_slo slo;  /* in place of the system's, where has_slo */
    bool has_slo;
    struct pruning pruning;
    bool all_mappings, service_levels, breakdown, describe;
};

/* Values of --phase, by duty. */
extern const char *const phase_names[CC_CHUNKED + 1];

/* Parsers of the options that set a member of struct options; that of --slo takes all of it. */
bool parse_price_range(const char *text, void *member, struct cc_error *error);
bool parse_phase(const char *text, void *member, struct cc_error *error);
bool parse_rate(const char *text, void *member, struct cc_error *error);
bool parse_slo(const char *text, void *member, struct cc_error *error);
bool parse_name(const char *text, void *member, struct cc_error *error);

#endif
