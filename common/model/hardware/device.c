#include "model/hardware/device.h"

bool cc_devices_of(struct cc_chip *chip, struct cc_package *package, struct cc_server *server)
{
    const int64_t devices = cc_devices_per_package(package);
    if (devices == package->num_chips)
        return true;
    if (package->num_chips % devices != 0)
        return false;
    const int64_t chips = package->num_chips / devices;
    const double n = (double)chips;
    chip->peak_flops *= n;
    chip->sram_bytes *= n;
    chip->sram_bytes_per_s *= n;
    chip->num_systolic *= chips;
    chip->mem_3d_vaults *= chips;
    chip->package_link.bytes_per_s *= n;
    if (devices == 1)
        chip->has_chip_link = false;
    package->num_chips = devices;
    package->dram_bytes_per_s_per_chip *= n;
    server->num_chips = server->num_packages * devices;
    return true;
}
