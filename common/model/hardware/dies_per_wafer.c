#include "model/hardware/dies_per_wafer.h"

#include <math.h>

struct disc {
    double radius_mm, side_mm; /* of the wafer; of a die with its gap */
};

/* Dies in the rows whose far edges lie at distance `first`, first + side, ... from the centre line. */
static int64_t half_disc(struct disc disc, double first)
{
    int64_t dies = 0;
    for (double edge = first; edge < disc.radius_mm; edge += disc.side_mm)
        dies += (int64_t)floor(2 * sqrt(disc.radius_mm * disc.radius_mm - edge * edge) / disc.side_mm);
    return dies;
}

static int64_t dies_in_rows(struct disc disc, double offset)
{
    return half_disc(disc, disc.side_mm / 2 + offset) + half_disc(disc, disc.side_mm * 3 / 2 - offset);
}

enum { STEPS_MAX = 64 }; /* the step is halved each time: by then it is below the precision of a double */

int64_t cc_dies_per_wafer(double area_mm2, double wafer_diameter_mm, double gap_mm)
{
    const struct disc disc = {wafer_diameter_mm / 2, sqrt(area_mm2) + gap_mm};
    if (disc.side_mm * 1e6 < wafer_diameter_mm)
        return 0;
    int64_t low_dies = dies_in_rows(disc, 0);
    const int64_t centred = dies_in_rows(disc, disc.side_mm / 2);
    if (centred >= low_dies)
        return centred;
    double high = disc.side_mm / 4, step = disc.side_mm / 8;
    int64_t high_dies = dies_in_rows(disc, high);
    for (int i = 0; i < STEPS_MAX && low_dies != high_dies; i++) {
        if (low_dies > high_dies) {
            high -= step;
        } else {
            low_dies = high_dies;
            high += step;
        }
        high_dies = dies_in_rows(disc, high);
        step /= 2;
    }
    return high_dies;
}
