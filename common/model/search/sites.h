/* sites.h: what the places of a model have in common on servers that are alike.
 *
 * Servers of a space differ in little: those of one shape (packages, chips, links, formats, constants) have the same
 * places, whose stages do the same work with the same collectives and the same energy, and need the same memory. All
 * this is worked out once for a shape, and a server adds the peak and the memory bandwidth of its chips, and how much
 * memory there is:
 *
 *     shape    sites of a number of servers, each with its stage, hand-overs and the bytes that each batch needs
 *              stages, each with the parts of its passes (struct cc_parts)
 *     server   seconds of the layers of a stage
 *
 * Of each shape the tables of several workloads are kept. When there are more workloads than room, those of a shape are made over: where sites are, and
 * what does not depend on lengths of prompts and answers, stays.
 *
 * Where a step has no such parts (cc_has_parts), each server is a shape of its own. A model must stay as it is and where it is until cc_sites_end. */
#ifndef CC_MODEL_SEARCH_SITES_H
#define CC_MODEL_SEARCH_SITES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/search/batches.h"
#include "model/search/frontier.h"
#include "model/serving/layouts.h"
#include "model/serving/place.h"
#include "model/serving/serving.h"
#include "model/serving/step.h"

/* Passes of a stage; the last where serving->duty is CC_CHUNKED. */
enum cc_pass { CC_PASS_PREFILL, CC_PASS_GENERATE, CC_PASS_MIXED, CC_PASSES };

/* Stages on some chips. Rows are by micro-batch of the axis. */
struct cc_stage {
    struct cc_stage *next;
    struct cc_stage_place place; /* one with such stages */
    uint64_t server;             /* of which the pieces are; 0: of none */
    uint64_t turn[CC_PASSES];    /* of which the parts are; 0: of none */
    struct cc_parts parts[CC_PASSES];
    struct cc_piece_rows pieces[CC_PASSES];
    double *seconds[CC_PASSES]; /* the pieces' layer_s, then output_s */
};

/* A place. */
struct cc_site {
    uint64_t turn, hop_turn[CC_PASSES]; /* of which its bytes and its hand-overs are; 0: of none */
    struct cc_stage_place place;
    struct cc_stage *stage;
    double stages, layers, last; /* as in struct cc_stages */
    bool even;
    double packages, together; /* of a stage; stages whose memory counts as one */
    double *need_bytes;        /* by batch: the fullest stage */
    double *hop_s[CC_PASSES];  /* by micro-batch: handing it over to the next stage */
};

/* The sites of a number of servers, by depth and layout. */
struct cc_site_list {
    struct cc_site_list *next;
    int64_t num_servers;
    size_t count;
    struct cc_site *site;
};

enum { CC_STAGE_CHAINS = 251 }; /* a prime, so that multiples of a package's chips spread */

/* What lengths of prompts and answers come to. */
struct cc_token_lengths {
    int64_t prompt, answer;
    struct cc_phase prefill, generate;
    double chunk;
};

struct cc_alike {
    struct cc_serving key; /* without what differs among servers that are alike, and without lengths */
    uint64_t hash;         /* of the key */
    struct cc_token_lengths lengths;
    uint64_t turn, pass_turn[CC_PASSES]; /* lengths that there have been, and those that a pass has felt; from 1 */
    size_t batches;
    int64_t batch[CC_AXIS_MAX];
    bool shared; /* else of the latest server alone */
    struct cc_arena arena;
    struct cc_site_list *lists;
    struct cc_stage *stages[CC_STAGE_CHAINS]; /* each in the chain that its number of chips gives */
};

enum { CC_ALIKE_MAX = 64 };

/* The shapes that are known. Zeroed, none is. */
struct cc_sites {
    size_t count, next; /* next: which is forgotten when there are too many shapes */
    struct cc_alike *known[CC_ALIKE_MAX];
    struct cc_alike *alike; /* of the current server */
    uint64_t server;        /* the current one; they are counted */
    const struct cc_serving *serving;
    const struct cc_batches *batches;
    struct cc_stages stages; /* of the depth that is looked at */
    struct cc_step step;     /* of the pass that is made; too large for the stack, each page of which is touched */
};

/* Makes a server with a workload and batches the current one. False when memory has run out. */
bool cc_sites_begin(struct cc_sites *sites, const struct cc_serving *serving, const struct cc_batches *batches);

/* The sites of every depth in `depths`, which are the same for all servers of the model; NULL when memory has run out.
 */
const struct cc_site_list *cc_sites_of(struct cc_sites *sites, const int64_t *depths, size_t count,
                                       int64_t num_servers);

/* Works out the seconds of the stage of a site on the current server, and its hand-overs, unless they have been. False when memory has run
 * out. */
bool cc_sites_time(struct cc_sites *sites, struct cc_site *site);

/* Makes the stages of a site those of `sites`, to which a pipeline refers (cc_pipeline_lay). */
void cc_sites_lay(struct cc_sites *sites, const struct cc_site *site);

/* Passes of a stage that there are. */
static inline size_t cc_sites_passes(const struct cc_sites *sites)
{
    return sites->serving->duty == CC_CHUNKED ? CC_PASSES : CC_PASS_MIXED;
}

/* Number of batches that a site has room for on the current server, from the first on. */
size_t cc_site_batches(struct cc_sites *sites, struct cc_site *site);

/* Forgets everything, and gives its memory back. */
void cc_sites_end(struct cc_sites *sites);

#endif
