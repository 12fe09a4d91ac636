#include "model/serving/carbon.h"

struct cc_carbon cc_carbon_of(const struct cc_cost_basis *basis, const struct cc_constants *constants,
                              double embodied_kg, const struct cc_cost_input *in)
{
    const struct cc_tco_constants *tco = &constants->tco;
    const double average_w = cc_server_cost_of(basis, in, 1).average_w * tco->average_power_ratio;
    const double life_h = basis->rates.life_s / 3600;
    const double in_use_kg = average_w * tco->pue / 1000 * life_h * constants->carbon.grid_kg_per_kwh;
    const double system_kg_per_s = (embodied_kg + in_use_kg) * in->num_servers / basis->rates.life_s;
    return (struct cc_carbon){
        .embodied_kg = embodied_kg,
        .in_use_kg = in_use_kg,
        .kg_per_output_token =
            system_kg_per_s * (in->prefill_s + in->generate_s) / (in->batch * (double)basis->workload.generate_len),
    };
}
