/* device.h: chips of a package that software sees as one. */
#ifndef CC_MODEL_HARDWARE_DEVICE_H
#define CC_MODEL_HARDWARE_DEVICE_H

#include "model/hardware/server.h"

/* A device and what is made of it: in place of the chips of a device stands one with their performance, memory,
 * bandwidth and links to other packages; links inside it are its own affair. For what software does on it, not for what
 * it costs. False when the package's devices do not divide its chips; where it names none, nothing changes. */
bool cc_devices_of(struct cc_chip *chip, struct cc_package *package, struct cc_server *server);

#endif
