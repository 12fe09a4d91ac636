/* sub_system.h: prefill on several parts of a system side by side.
 *
 * A system of num_servers servers, prefilled by sub-systems of sub_sys_num_servers each: every sub-system holds the whole
 * model and takes its share of the batch as one micro-batch on all its chips, one pipeline stage. Generation runs on the
 * whole system. Source: Chiplet Cloud (arXiv 2307.02666), inference simulation. */
#ifndef CC_MODEL_SERVING_SUB_SYSTEM_H
#define CC_MODEL_SERVING_SUB_SYSTEM_H

#include <stdint.h>

#include "model/serving/place.h"
#include "model/serving/serving.h"

/* Number of sub-systems that prefill a batch of requests: num_servers/sub_sys_num_servers, or 1, the whole system, when
 * sub_sys_num_servers is not given or not a smaller divisor of num_servers, when the batch has fewer requests than there
 * are sub-systems, or when a sub-system has no room for the model or for the prompts of its share. */
int64_t cc_sub_systems(const struct cc_serving *serving, int64_t num_servers, int64_t batch);

/* Where one of several sub-systems runs. */
struct cc_stage_place cc_sub_system_place(const struct cc_serving *serving, int64_t num_servers, int64_t sub_systems);

/* Requests of the fullest sub-system. Published (sub-system-share): those that are left when the batch does not divide are
 * not counted. */
int64_t cc_sub_system_share(const struct cc_serving *serving, int64_t batch, int64_t sub_systems);

/* Requests that are prefilled on all of them together. */
int64_t cc_sub_system_requests(const struct cc_serving *serving, int64_t batch, int64_t sub_systems);

/* FLOPs that count as the prefill's work: of all requests. Published (sub-system): of one sub-system's, although they are
 * compared with the peak of the whole system. */
double cc_sub_system_flops(const struct cc_serving *serving, int64_t batch, int64_t sub_systems);

#endif
