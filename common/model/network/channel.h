/* channel.h: a link as seen by its senders. */
#ifndef CC_MODEL_NETWORK_CHANNEL_H
#define CC_MODEL_NETWORK_CHANNEL_H

/* A link as collectives see it. */
struct cc_channel {
    double bytes_per_s, init_s; /* efficiency included */
};

#endif
