#include "model/hardware/yield.h"

#include <math.h>

double cc_yield(double area_mm2, double defects_per_mm2, double alpha)
{
    return pow(1 + defects_per_mm2 * area_mm2 / alpha, -alpha);
}
