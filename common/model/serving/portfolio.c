#include "model/serving/portfolio.h"

/* Left out where there is nothing to compare with. */
static double loss_of(double usd, double own_usd)
{
    return own_usd > 0 ? usd / own_usd - 1 : NAN;
}

struct cc_portfolio_model cc_portfolio_model_of(double share, double usd, double own_usd)
{
    return (struct cc_portfolio_model){
        .share = share,
        .usd_per_output_token = usd,
        .own_usd_per_output_token = own_usd,
        .sharing_loss = loss_of(usd, own_usd),
    };
}

struct cc_portfolio cc_portfolio_of(const struct cc_portfolio_model *models, size_t count)
{
    double usd = 0, own_usd = 0, log_usd = 0, log_own = 0;
    for (size_t i = 0; i < count; i++) {
        const struct cc_portfolio_model *model = &models[i];
        usd += model->share * model->usd_per_output_token;
        own_usd += model->share * model->own_usd_per_output_token;
        log_usd += log(model->usd_per_output_token);
        log_own += log(model->own_usd_per_output_token);
    }
    const double geomean = exp(log_usd / (double)count);
    return (struct cc_portfolio){
        .usd_per_output_token = usd,
        .own_usd_per_output_token = own_usd,
        .sharing_loss = loss_of(usd, own_usd),
        .geomean_usd_per_output_token = geomean,
        .geomean_sharing_loss = loss_of(geomean, exp(log_own / (double)count)),
    };
}
