#include "model/workload.h"

CC_DEFINE_FIELDS(cc_slo_fields, CC_SLO_FIELDS, struct cc_slo, "slo");
