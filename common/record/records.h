/* records.h: the kinds of records, and the tables of their entries' fields.
 * The fields themselves are defined once, next to the equations that fill them, in the list macros of model/. */
#ifndef CC_RECORD_RECORDS_H
#define CC_RECORD_RECORDS_H

#include "base/field.h"

/* id, kind as it stands in `schema`, what it is */
#define CC_KINDS(X) \
    X(CHIP, "chip", "a chip that can be made") \
    X(SERVER, "server", "a server that can be built, cooled and powered") \
    X(EVALUATION, "evaluation", "a model on a server design: a row for each operating point") \
    X(DESIGN, "design", "one operating point") \
    X(DEPLOYMENT, "deployment", "systems that do the prefill and systems that do the generation, together") \
    X(REJECT, "reject", "a candidate that is not realizable, and why")

enum cc_kind {
    CC_KIND_OTHER, /* a user's own: passed through, or explored by field name */
#define CC_KIND_ENUM(id, name, doc) CC_KIND_##id,
    CC_KINDS(CC_KIND_ENUM)
#undef CC_KIND_ENUM
    CC_KIND_COUNT,
};

#define CC_SCHEMA_PREFIX "chiplet-cloud/"

/* "chiplet-cloud/chip/1", by kind. */
const char *cc_kind_schema(enum cc_kind kind);
enum cc_kind cc_kind_of_schema(struct cc_text schema);

/* The entries of a reject record. */
#define CC_REJECT_FIELDS(X, T) \
    X##_TEXT(T, stage, "stage", CC_REQUIRED, "program that rejected the candidate") \
    X##_TEXT(T, reason, "reason", CC_REQUIRED, "one of the reasons of the closed list") \
    X##_REAL(T, value, "value", CC_REQUIRED, 0, CC_ANY, "", "the candidate's figure, as the reason says") \
    X##_REAL(T, limit, "limit", CC_REQUIRED, 0, CC_ANY, "", "what it was compared with") \
    X##_TEXT(T, model, "model", CC_OPTIONAL, "name of the model that it was rejected for, where there are several")

struct cc_reject_entry { CC_REJECT_FIELDS(CC_MEMBER, ) };

/* Tables of the entries, named after their structs in model/. */
extern const struct cc_fields cc_link_fields, cc_chip_fields, cc_memory_fields, cc_package_fields, cc_tco_fields,
    cc_server_fields, cc_llm_fields, cc_system_fields, cc_workload_fields, cc_reject_fields,
    cc_portfolio_fields, cc_portfolio_model_fields;

/* Columns of `points`: from llm-map, with --breakdown, from tco-eval, with --breakdown, with --demand, with carbon. Offsets are
 * those of struct cc_point, of struct cc_point_cost, of struct cc_fleet and of struct cc_carbon. */
extern const struct cc_fields cc_point_columns, cc_sub_system_columns, cc_level_columns, cc_prefill_alone_columns,
    cc_generate_alone_columns, cc_chunked_columns, cc_chunked_own_columns, cc_alone_columns, cc_layout_columns, cc_point_breakdown_columns,
    cc_rate_columns, cc_rate_prefill_columns, cc_rate_generate_columns, cc_goodput_columns,
    cc_cost_rate_columns, cc_cost_goodput_columns,
    cc_expert_breakdown_columns, cc_fixed_breakdown_columns, cc_cost_columns, cc_cost_prefill_columns, cc_cost_generate_columns, cc_cost_chunked_columns,
    cc_cost_breakdown_columns, cc_fleet_columns, cc_rack_columns, cc_nre_columns, cc_breakeven_columns,
    cc_carbon_columns;

/* Columns that follow from those (stream/derived.h); offsets are those of struct cc_service. */
extern const struct cc_fields cc_service_columns;

/* The point of a deployment, from phase-join. */
extern const struct cc_fields cc_deployment_columns, cc_deployment_own_columns;

#endif
