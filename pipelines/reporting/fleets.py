"""Fleets: what is bought and built to keep a promise, its parts, money and watts."""
import json

from . import records, text

MILLION = 1e6


class Pool:
    """Systems of one design with one task: a design with the columns of tco-eval --demand, and the share of the tokens that it serves."""

    def __init__(self, role, design, share=1.0, hardware=""):
        self.role, self.design, self.point, self.share, self.hardware = role, design, design["point"], share, hardware
        self.sharing = design["system"].get("instances_per_server", 1)      # systems in a server
        self.chunk = design["system"].get("prefill_chunk") if design["system"].get("phase") == "chunked" else None      # tokens

    def usd_per_token(self):
        """Of the fleet alone, over the tokens of all answers."""
        return self.share * (self.point["demand_usd_per_output_token"] - self.point.get("nre_usd_per_output_token", 0.0))

    def nre_per_token(self):
        return self.share * self.point.get("nre_usd_per_output_token", 0.0)

    def chip(self):
        """What tells the designs of chips apart."""
        return json.dumps(self.design["chip"], sort_keys=True)


class Offer:
    """What a kind of hardware offers: pools, and the service levels that they give."""

    def __init__(self, hardware, pools, levels, rent=()):
        self.hardware, self.pools, self.levels, self.rent = hardware, pools, levels, list(rent) or [None] * len(pools)
        self.transfer_s = None

    def total(self, name):
        return sum(pool.point[name] for pool in self.pools)

    def racks(self):
        return self.total("fleet_racks") if all("fleet_racks" in pool.point for pool in self.pools) else None

    def nre_usd_per_token(self):
        """The engineering of each design of a chip, once."""
        return sum({pool.chip(): pool.nre_per_token() for pool in self.pools}.values())

    def nre_usd(self):
        return sum({pool.chip(): pool.point.get("nre_usd", 0.0) for pool in self.pools}.values())

    def usd_per_token(self):
        return sum(pool.usd_per_token() for pool in self.pools) + self.nre_usd_per_token()

    def rented_usd_per_token(self, tokens_per_s):
        """What these accelerators cost by the hour, None where one is not for rent."""
        if None in self.rent:
            return None
        packages = [pool.point["fleet_servers"] * pool.design["server"]["num_packages"] for pool in self.pools]
        return sum(count * rent for count, rent in zip(packages, self.rent)) / 3600 / tokens_per_s

    def figures(self, tokens_per_s):
        """By column of a table, in the units of records."""
        rented = self.rented_usd_per_token(tokens_per_s)
        return {
            "hardware": self.hardware,
            "servers": self.total("fleet_servers"),
            "chips": self.total("fleet_chips"),
            "racks": self.racks(),
            "power_w": self.total("fleet_power_w"),
            "investment_usd": self.total("fleet_usd"),
            "nre_usd": self.nre_usd(),
            "usd_per_output_token": self.usd_per_token(),
            "rented_usd_per_output_token": rented,
            **self.levels,
            "prefill": self._joined(self.prefill()),
            "prefill_chunk": self._joined([pool.chunk for pool in self.pools if pool.chunk]),
            "instances_per_server": self._joined([pool.sharing for pool in self.pools]),
            "design": "+".join(dict.fromkeys(pool.design["id"] for pool in self.pools)),
            "batch": self._joined([pool.point["batch"] for pool in self.pools]),
            "instances": self._joined([pool.point["instances"] for pool in self.pools]),
        }

    def prefill(self):
        """How each pool reads prompts."""
        return ["apart"] if self.pools[0].role == "prefill" else ["chunks" if pool.chunk else "whole" for pool in self.pools]

    @staticmethod
    def _joined(values):
        """Equal values once, others with + between; None where there is none."""
        values = list(dict.fromkeys(values)) if len(set(values)) == 1 else values
        return None if not values else values[0] if len(values) == 1 else "+".join(map(str, values))


class Part:
    """A line of a bill of materials: count in a server, $ and W of one."""

    def __init__(self, name, count, usd, watts=0.0):
        self.name, self.count, self.usd, self.watts = name, count, usd, watts


# What a server has one of, by the field of its price.
SINGLE = {"cost_network_usd": "network card", "cost_dcdc_usd": "voltage converters", "cost_psu_usd": "power supply",
          "cost_board_usd": "boards, chassis, host", "cost_other_usd": "what the hardware file adds"}


def _package_parts(design):
    """Of all packages of a server: dies, memory, and what joins them."""
    chip, package, server = design["chip"], design["package"], design["server"]
    packages, memory = server["num_packages"], package.get("memory") or {}
    per_package = package["hbm_stacks"] if memory.get("kind") == "hbm" else chip.get("mem_3d_vaults", 0) * package["num_chips"]
    stacks = packages * per_package if memory else 0
    stack_usd, stack_w = memory.get("cost_usd") or 0.0, memory.get("tdp_w") or 0.0
    yield Part("chips (good dies)", server["num_chips"], chip["cost_usd"], chip["tdp_w"])
    if stacks:
        yield Part(f"memory {memory.get('name', '')} {text.number(memory['bytes'] / 2**30, 3)} GiB".replace("  ", " "), stacks, stack_usd, stack_w)
    rest_usd = package["cost_usd"] - package["num_chips"] * chip["cost_usd"] - per_package * stack_usd * bool(stacks)
    rest_w = package["tdp_w"] - package["num_chips"] * chip["tdp_w"] - per_package * stack_w * bool(stacks)
    yield Part("packaging, assembly, its losses", packages, rest_usd, rest_w if abs(rest_w) > 1e-9 * package["tdp_w"] else 0.0)


def _host_w(design):
    """Fans, host and what the hardware file adds, before conversion. other_power_w is at the wall, with the static power of the chips, which
    their own watts have too."""
    chip, package, server = design["chip"], design["package"], design["server"]
    static_w = server["num_chips"] * chip.get("static_power_w", 0.0)
    efficiency = (server["num_packages"] * package["tdp_w"] - static_w) / server["core_power_w"]
    return server["other_power_w"] * efficiency - static_w


def parts_of(design):
    """The parts of a server, whose prices add up to its price and whose watts to its thermal design power."""
    server, package = design["server"], design["package"]
    parts = list(_package_parts(design))
    parts.append(Part("heat sinks", server["num_packages"], server["cost_heatsinks_usd"] / server["num_packages"]))
    host_w = _host_w(design)
    lanes = server.get("num_lanes", 1)
    parts.append(Part("fans, with host: W", lanes, server["cost_fans_usd"] / lanes, host_w / lanes))
    parts += [Part(name, 1, server[field]) for field, name in SINGLE.items() if field in server]
    parts.append(Part("losses of supply", 1, 0.0, server["tdp_w"] - host_w - server["num_packages"] * package["tdp_w"]))
    rest = server["cost_usd"] - sum(part.count * part.usd for part in parts)
    if abs(rest) > 1e-9 * server["cost_usd"]:
        parts.append(Part("other", 1, rest))
    return parts


BILL = [("part", ""), ("in a", "server"), ("in all", ""), ("$", "each"), ("$", "in all"), ("%", ""), ("kW", "in all")]


def bill(pool):
    """Rows of the bill of materials of a pool, under the heads BILL, the last their sum."""
    servers, total = pool.point["fleet_servers"], pool.point["fleet_usd"]
    rows = [[part.name, part.count, part.count * servers, part.usd, part.count * servers * part.usd,
             100 * part.count * servers * part.usd / total if total else 0.0, part.count * servers * part.watts / 1e3] for part in parts_of(pool.design)]
    racks = pool.point.get("fleet_racks")
    rows.append([f"servers{f', in racks: {racks}' if racks else ''}", 1, servers, pool.design["server"]["cost_usd"], sum(row[4] for row in rows),
                 sum(row[5] for row in rows), sum(row[6] for row in rows)])
    return rows


def rents(path):
    """$ an hour by hardware, from a file of prices."""
    from .program import BAD_DATA, die
    found = {}
    for row in records.read_csv(path):
        try:
            found[row["hardware"]] = float(row["usd_per_hour"])
        except (KeyError, ValueError):
            die(BAD_DATA, f"{path}: a row of {row.get('hardware', '?')}: expected a number usd_per_hour")
    return found
