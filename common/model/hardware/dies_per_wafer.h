/* dies_per_wafer.h: how many square dies a round wafer holds. */
#ifndef CC_MODEL_HARDWARE_DIES_PER_WAFER_H
#define CC_MODEL_HARDWARE_DIES_PER_WAFER_H

#include <stdint.h>

/* Most whole square dies of side sqrt(area) + gap, laid in rows on a disc, over the offset of the rows from the
 * disc's centre line. area_mm2 > 0, wafer_diameter_mm > 0, gap_mm >= 0. 0 when not even one die fits; also 0 for dies so
 * small that a row would hold more than 10^6 of them.
 * Source: the published program's search, with a bound on its steps (equal counts are not guaranteed). */
int64_t cc_dies_per_wafer(double area_mm2, double wafer_diameter_mm, double gap_mm);

#endif
