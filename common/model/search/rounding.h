/* rounding.h: the share by which two costs or times must differ for the search to tell them apart. Closer ones could be in
 * either order once tco-eval has computed them: sums of a few hundred terms, each rounded to 2^-53 of itself. */
#ifndef CC_MODEL_SEARCH_ROUNDING_H
#define CC_MODEL_SEARCH_ROUNDING_H

#define CC_ROUNDING 1e-9

#endif
