"""Energy, where the machine counts it: Linux's RAPL counters of processor and memory, read before and after.

The counters (``/sys/class/powercap/intel-rapl:*``, of Intel and AMD processors alike) are of the whole machine: what
else runs on it is counted too. Most systems let only root read them, and virtual machines rarely have them. For
accelerators, other systems and a fuller record, see the package tirex-tracker.

The kernel's documentation of the interface: https://docs.kernel.org/power/powercap/powercap.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")


@dataclass
class Energy:
    """What a measured block used.

    Attributes:
        joules: Energy of all processors and their memory; None before the block has ended, and where the machine does
            not tell.
    """

    joules: float | None = None


@contextmanager
def measure_energy(root: Path = POWERCAP) -> Iterator[Energy]:
    """Measure the energy that the machine uses in a block.

    A counter starts again at zero when it is full, often at 262 kJ; one such time is accounted for. A processor of
    250 W gets there in 17 minutes: measure longer work in parts.

    Args:
        root: Folder of the power zones.
    """
    zones = _zones(root)
    before = {zone: _read(zone / "energy_uj") for zone in zones}
    energy = Energy()
    yield energy
    used = [_used(zone, start, _read(zone / "energy_uj")) for zone, start in before.items()]
    known = [value for value in used if value is not None]
    # A sum that lacks a processor would look like a saving.
    if known and len(known) == len(used):
        energy.joules = sum(known) / 1e6


def _zones(root: Path) -> list[Path]:
    """Return the zones to add up: packages, which hold their cores and graphics, and memory, which they do not hold."""
    return [zone for zone in sorted(root.glob("intel-rapl:*")) if _name(zone).startswith(("package", "dram"))]


def _name(zone: Path) -> str:
    try:
        return (zone / "name").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _read(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _used(zone: Path, before: int | None, after: int | None) -> int | None:
    if before is None or after is None:
        return None
    if after >= before:
        return after - before
    largest = _read(zone / "max_energy_range_uj")
    return None if largest is None else after + largest - before
