/* device.h: chips of a package that software sees as one. */
#ifndef CC_MODEL_HARDWARE_DEVICE_H
#define CC_MODEL_HARDWARE_DEVICE_H

#include "model/hardware/server.h"

/* Devices that software sees in a package. */
static inline int64_t cc_devices_per_package(const struct cc_package *package)
{
    return package->devices == CC_NO_INT ? package->num_chips : package->devices;
}

/* Replaces the chips of a device by a single chip with their total performance, memory, bandwidth and links to other
 * packages; links inside the device are not modelled. For performance, not for cost. False when the number of devices
 * does not divide the package's chips; nothing changes where the package names no devices. */
bool cc_devices_of(struct cc_chip *chip, struct cc_package *package, struct cc_server *server);

#endif
