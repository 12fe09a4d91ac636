/* mapper.h: the state of llm-map: its inputs, the current server under a system, and the points of the record that is being made. */
#ifndef LLM_MAP_MAPPER_H
#define LLM_MAP_MAPPER_H

#include "cli/run.h"
#include "input/inputs.h"
#include "model/search/alone.h"
#include "model/search/levels.h"
#include "model/search/prune.h"
#include "model/serving/arrivals.h"
#include "model/serving/memory_fit.h"
#include "map_options.h"

/* A model, and what is the same of it on every server. */
struct subject {
    struct cc_llm_file model;
    const char *path;                    /* as it was given */
    struct cc_alternatives *num_servers; /* the system's or, without a system file, this model's */
    size_t depth_count;
    int64_t depths[CC_DEPTHS_MAX];
    struct cc_holdings holdings;
    struct cc_pruner **pruners;   /* where points are left out, of each alternative of the system; NULL: none yet */
    struct cc_passing **passings; /* likewise, of systems of a --phase */
};

enum { PRUNERS_MAX = 64, TABLES_BYTES = 40 << 20 }; /* of all models */

/* The current server under a system, whatever it serves. */
struct served {
    bool known;
    uint64_t alternative;
    bool whole;              /* the system has a part of the server, */
    struct cc_reject reject; /* or this is why not */
    struct cc_system system;
    struct cc_server part;
    struct cc_serving serving; /* without a model */
    struct cc_prices unit;     /* for one server */
    size_t family;             /* where points are left out */
};

struct design {
    struct cc_chip chip;
    struct cc_package package;
    struct cc_server server;
    struct cc_decoded of_chip, of_package, of_server;
};

struct mapper {
    struct cc_run run;
    const struct options *options;
    struct cc_constants constants;
    struct cc_tco_rates rates;
    struct cc_system_file system;
    size_t subject_count;
    struct subject *subjects;
    struct subject *subject;        /* the one being evaluated */
    int64_t *server_counts;         /* room for every alternative of num_servers */
    struct cc_workload_input asked; /* whose batches they are */
    struct cc_batches batches;
    struct design read; /* the record's; an entry that repeats the one before is not decoded again */
    struct cc_chip chip;
    struct cc_package package;
    struct cc_server server;
    struct served served;
    struct cc_system_input in; /* the system, when there is one alone */
    bool in_taken;
    char *rows;                           /* of row_bytes each */
    size_t row_count, row_size, row_most; /* row_most: the limit of a record */
    const struct cc_record *record;       /* the server being evaluated, under this system and workload */
    struct cc_workload workload;
    struct cc_space space;
    struct cc_experts_memo experts;
    struct cc_arrivals arrivals; /* of the current point */
    bool fits;         /* the current server has room for the model, whether it is answered with or not */
    bool passed_over;  /* points of it have been left out */
    double most_rate;  /* requests/s that one of its points that do not keep up takes in; 0: there are none */
    const char *fault; /* why the latest server that could not be bounded was evaluated as ever */
    struct cc_families *families; /* by alternative of the system, where points are left out */
    struct cc_choice choices[CC_CHOICES_MAX];
    struct cc_levels levels;
    struct cc_alones alones;
};

/* Ends the program: memory has run out. */
_Noreturn void fail_memory(struct mapper *m);

#endif
