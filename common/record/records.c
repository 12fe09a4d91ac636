#include "record/records.h"

#include "model/hardware/package.h"
#include "model/hardware/server.h"
#include "model/llm/llm.h"
#include "model/serving/carbon.h"
#include "model/serving/cost.h"
#include "model/serving/fleet.h"
#include "model/serving/point.h"
#include "model/serving/pool.h"
#include "model/serving/portfolio.h"
#include "model/serving/service.h"
#include "model/serving/system.h"

CC_DEFINE_FIELDS(cc_link_fields, CC_LINK_FIELDS, struct cc_link, "link");
CC_DEFINE_FIELDS(cc_chip_fields, CC_CHIP_FIELDS, struct cc_chip, "chip");
CC_DEFINE_FIELDS(cc_memory_fields, CC_MEMORY_FIELDS, struct cc_memory, "memory");
CC_DEFINE_FIELDS(cc_package_fields, CC_PACKAGE_FIELDS, struct cc_package, "package");
CC_DEFINE_FIELDS(cc_tco_fields, CC_TCO_FIELDS, struct cc_tco, "tco");
CC_DEFINE_FIELDS(cc_server_fields, CC_SERVER_FIELDS, struct cc_server, "server");
CC_DEFINE_FIELDS(cc_llm_fields, CC_LLM_FIELDS, struct cc_llm, "model");
CC_DEFINE_FIELDS(cc_system_fields, CC_SYSTEM_FIELDS, struct cc_system, "system");
CC_DEFINE_FIELDS(cc_workload_fields, CC_WORKLOAD_FIELDS, struct cc_workload, "workload");
CC_DEFINE_FIELDS(cc_reject_fields, CC_REJECT_FIELDS, struct cc_reject_entry, "reject");
CC_DEFINE_FIELDS(cc_portfolio_fields, CC_PORTFOLIO_FIELDS, struct cc_portfolio, "portfolio");
CC_DEFINE_FIELDS(cc_portfolio_model_fields, CC_PORTFOLIO_MODEL_FIELDS, struct cc_portfolio_model, "portfolio.models");
CC_DEFINE_FIELDS(cc_point_columns, CC_POINT_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_sub_system_columns, CC_SUB_SYSTEM_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_level_columns, CC_LEVEL_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_prefill_alone_columns, CC_PREFILL_ALONE_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_chunked_columns, CC_CHUNKED_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_chunked_own_columns, CC_CHUNKED_OWN_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_alone_columns, CC_ALONE_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_generate_alone_columns, CC_GENERATE_ALONE_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_rate_columns, CC_RATE_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_rate_prefill_columns, CC_RATE_PREFILL_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_rate_generate_columns, CC_RATE_GENERATE_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_goodput_columns, CC_GOODPUT_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_layout_columns, CC_LAYOUT_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_expert_breakdown_columns, CC_EXPERT_BREAKDOWN_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_fixed_breakdown_columns, CC_FIXED_BREAKDOWN_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_point_breakdown_columns, CC_POINT_BREAKDOWN_COLUMNS, struct cc_point, "points");
CC_DEFINE_FIELDS(cc_cost_columns, CC_COST_COLUMNS, struct cc_point_cost, "points");
CC_DEFINE_FIELDS(cc_cost_prefill_columns, CC_COST_PREFILL_COLUMNS, struct cc_point_cost, "points");
CC_DEFINE_FIELDS(cc_cost_chunked_columns, CC_COST_CHUNKED_COLUMNS, struct cc_point_cost, "points");
CC_DEFINE_FIELDS(cc_cost_generate_columns, CC_COST_GENERATE_COLUMNS, struct cc_point_cost, "points");
CC_DEFINE_FIELDS(cc_cost_rate_columns, CC_COST_RATE_COLUMNS, struct cc_point_cost, "points");
CC_DEFINE_FIELDS(cc_cost_goodput_columns, CC_COST_GOODPUT_COLUMNS, struct cc_point_cost, "points");
CC_DEFINE_FIELDS(cc_cost_breakdown_columns, CC_COST_BREAKDOWN_COLUMNS, struct cc_point_cost, "points");
CC_DEFINE_FIELDS(cc_fleet_columns, CC_FLEET_COLUMNS, struct cc_fleet, "points");
CC_DEFINE_FIELDS(cc_rack_columns, CC_RACK_COLUMNS, struct cc_fleet, "points");
CC_DEFINE_FIELDS(cc_nre_columns, CC_NRE_COLUMNS, struct cc_fleet, "points");
CC_DEFINE_FIELDS(cc_breakeven_columns, CC_BREAKEVEN_COLUMNS, struct cc_fleet, "points");
CC_DEFINE_FIELDS(cc_carbon_columns, CC_CARBON_COLUMNS, struct cc_carbon, "points");
CC_DEFINE_FIELDS(cc_deployment_own_columns, CC_DEPLOYMENT_OWN_COLUMNS, struct cc_deployment, "point");
CC_DEFINE_FIELDS(cc_deployment_columns, CC_DEPLOYMENT_COLUMNS, struct cc_deployment, "point");
CC_DEFINE_FIELDS(cc_service_columns, CC_SERVICE_COLUMNS, struct cc_service, "points");

static const char *const schemas[CC_KIND_COUNT] = {[CC_KIND_OTHER] = "",
#define CC_KIND_ROW(id, name, doc) [CC_KIND_##id] = CC_SCHEMA_PREFIX name "/1",
                                                   CC_KINDS(CC_KIND_ROW)
#undef CC_KIND_ROW
};

const char *cc_kind_schema(enum cc_kind kind)
{
    return schemas[kind];
}

enum cc_kind cc_kind_of_schema(struct cc_text schema)
{
    for (int kind = CC_KIND_OTHER + 1; kind < CC_KIND_COUNT; kind++)
        if (cc_text_is(schema, schemas[kind]))
            return (enum cc_kind)kind;
    return CC_KIND_OTHER;
}
