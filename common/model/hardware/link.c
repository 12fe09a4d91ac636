#include "model/hardware/link.h"

struct cc_link cc_link_of(const struct cc_link_input *in)
{
    return (struct cc_link){
        .num = in->num,
        .bytes_per_s = (double)in->num * in->bytes_per_s_per_io,
        .power_w = (double)in->num * in->tdp_w_per_io,
        .pj_per_byte = in->pj_per_byte,
        .init_s = in->init_s,
    };
}
