/* serving.h: a model served by servers of one design: all that its operating points have in common. */
#ifndef CC_MODEL_SERVING_SERVING_H
#define CC_MODEL_SERVING_SERVING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/constants.h"
#include "model/convention.h"
#include "model/hardware/chip.h"
#include "model/hardware/package.h"
#include "model/hardware/server.h"
#include "model/llm/experts.h"
#include "model/llm/llm.h"
#include "model/network/all_reduce.h"
#include "model/network/channel.h"
#include "model/serving/matmul.h"
#include "model/serving/precision.h"
#include "model/serving/routing.h"
#include "model/serving/system.h"
#include "model/workload.h"

/* Attention span of a token of a request: the keys and values of `context` tokens are loaded for the tokens that enter
 * together, and each of them is multiplied with `pairs` of these. */
struct cc_look {
    double context, pairs;
};

/* Prefill or generation: `queries` tokens of each request enter a layer together. */
struct cc_phase {
    double queries;
    bool generation;
    struct cc_look look[CC_ATTENTIONS];
};

struct cc_holdings;

/* The phases that a system does: one batch after the other, one alone, or both mixed in a steady state (chunked.h). */
enum cc_duty { CC_BOTH_PHASES, CC_PREFILL_ALONE, CC_GENERATE_ALONE, CC_CHUNKED };

struct cc_serving {
    const struct cc_llm *llm;
    struct cc_conventions conventions;
    struct cc_workload workload;
    enum cc_all_reduce all_reduce;
    enum cc_duty duty; /* both phases, unless who made this says otherwise */
    bool energy_model;
    struct cc_matmul_chip chip;
    struct cc_channel server_link, package_link;
    struct cc_channel chip_link; /* between chips of a package */
    bool own_chip_link;          /* is one of its own, not a chip's part of the package's */
    double server_pj_per_byte, package_pj_per_byte;
    double weight_pj_per_byte, kv_pj_per_byte, activation_pj_per_byte, network_pj_per_byte;
    struct cc_rates rates; /* of the chip, */
    double load_bytes;     /* and bytes of any number on its way; NAN: the model says */
    bool has_precision;    /* the chip multiplies numbers of the model's formats: else nothing below is to be used */
    struct cc_precisions precision;
    struct cc_routing routing;
    struct cc_experts_memo *experts_memo; /* NULL, unless who made this gives one, */
    struct cc_holdings *holdings;         /* and this, which is of `llm` alone */
    double energy_efficiency;             /* from the wall to the chips' energy; published: 1 */
    bool has_overheads;
    struct cc_overheads overheads; /* in force; all 0 where there are none */
    int64_t chips_per_package, packages_per_server;
    int64_t mesh_packages; /* that a package of a mesh has links to, and itself: those of the whole server, of which
                              this may be a part */
    double package_memory_bytes, server_memory_bytes; /* that hold weights and KV cache */
    int64_t sub_system_servers;                       /* of a prefill sub-system, or CC_NO_INT */
    double server_flops, server_tdp_w, server_other_power_w;
    struct cc_phase prefill, generate;
    double prefill_chunk; /* tokens of prompts in a mixed pass, no more than a prompt has; 0: none */
    double steps;         /* of generation: passes that follow the prefill */
    double prefill_flops,
        token_flops; /* of one request, of one token; each counts as what the units do at their peak in that time */
};

/* Puts the pieces together. `llm` is kept, the rest copied. The algorithm's name must be known (cc_all_reduce_named).
 */
struct cc_serving cc_serving_of(const struct cc_chip *chip, const struct cc_package *package,
                                const struct cc_server *server, const struct cc_llm *llm,
                                const struct cc_system *system, struct cc_workload workload,
                                const struct cc_constants *constants, struct cc_conventions conventions);

/* The same in two steps: what servers are, whatever they serve; and the model, which is kept, with what depends on it.
 */
struct cc_serving cc_serving_without_model(const struct cc_chip *chip, const struct cc_package *package,
                                           const struct cc_server *server, const struct cc_system *system,
                                           const struct cc_constants *constants, struct cc_conventions conventions);
void cc_serving_set_model(struct cc_serving *serving, const struct cc_llm *llm, struct cc_workload workload,
                          const struct cc_constants *constants);

/* Multiply-accumulates of a token of a phase. `gate` false: published, the gate matrix is not counted. */
struct cc_llm_macs cc_serving_macs(const struct cc_serving *serving, const struct cc_phase *phase, bool gate);

/* Whether latent attention multiplies with the latent in a phase. */
static inline bool cc_is_absorbed(const struct cc_serving *serving, const struct cc_phase *phase)
{
    return phase->generation && !serving->routing.naive_latent;
}

/* Memory bandwidth of a chip for weights and KV cache (B/s): DRAM where there is any; SRAM, on the chip and stacked on
 * it, by the share of the capacity that each holds. */
double cc_weight_bytes_per_s(const struct cc_chip *chip, const struct cc_package *package);

#endif
