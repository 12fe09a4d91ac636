#include "model/hardware/device.h"

bool cc_devices_of(struct cc_chip *chip, struct cc_package *package, struct cc_server *server)
{
    if (package->devices == CC_NO_INT || package->devices == package->num_chips)
        return true;
    if (package->num_chips % package->devices != 0)
        return false;
    const int64_t chips = package->num_chips / package->devices;
    const double n = (double)chips;
    chip->peak_flops *= n;
    chip->sram_bytes *= n;
    chip->sram_bytes_per_s *= n;
    chip->num_systolic *= chips;
    chip->mem_3d_vaults *= chips;
    chip->package_link.bytes_per_s *= n;
    if (package->devices == 1)
        chip->has_chip_link = false;
    package->num_chips = package->devices;
    package->dram_bytes_per_s_per_chip *= n;
    server->num_chips = server->num_packages * package->devices;
    return true;
}
