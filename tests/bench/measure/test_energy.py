"""Energy from a made-up powercap tree, and the peak memory of real processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.measure.energy import measure_energy


@pytest.fixture
def powercap(tmp_path):
    """Write zones: number -> (name, microjoules); return the folder."""

    def write(zones, largest=262_143_328_850):
        for number, (name, microjoules) in zones.items():
            zone = tmp_path / number
            zone.mkdir(exist_ok=True)
            (zone / "name").write_text(f"{name}\n")
            (zone / "energy_uj").write_text(f"{microjoules}\n")
            (zone / "max_energy_range_uj").write_text(f"{largest}\n")
        return tmp_path

    return write


def used(root: Path, change) -> float | None:
    with measure_energy(root) as energy:
        assert energy.joules is None
        change()
    return energy.joules


def test_packages_and_memory_are_added_up(powercap):
    names = {"intel-rapl:0": "package-0", "intel-rapl:1": "package-1", "intel-rapl:0:2": "dram"}
    root = powercap({number: (name, 1_000_000) for number, name in names.items()})
    grown = {"intel-rapl:0": 4_000_000, "intel-rapl:1": 1_500_000, "intel-rapl:0:2": 1_250_000}
    assert used(root, lambda: powercap({number: (names[number], grown[number]) for number in names})) == 3.75


def test_what_a_package_or_the_platform_holds_is_not_counted_twice(powercap):
    names = {
        "intel-rapl": "control",
        "intel-rapl:0": "package-0",
        "intel-rapl:0:0": "core",
        "intel-rapl:0:1": "uncore",
        "intel-rapl:1": "psys",
        "intel-rapl-mmio:0": "package-0",
    }
    root = powercap({number: (name, 0) for number, name in names.items()})
    assert used(root, lambda: powercap({number: (name, 2_000_000) for number, name in names.items()})) == 2.0


def test_a_counter_that_starts_again_goes_on(powercap):
    root = powercap({"intel-rapl:0": ("package-0", 9_000_000)}, largest=10_000_000)
    assert used(root, lambda: powercap({"intel-rapl:0": ("package-0", 500_000)}, largest=10_000_000)) == 1.5


@pytest.mark.parametrize("file", ["energy_uj", "max_energy_range_uj"])
def test_nothing_is_said_where_a_counter_cannot_be_read(powercap, file):
    zones = {"intel-rapl:0": ("package-0", 9), "intel-rapl:1": ("package-1", 9)}
    root = powercap(zones)

    def change():
        powercap({number: (name, 1) for number, (name, _) in zones.items()})
        (root / "intel-rapl:1" / file).unlink()

    assert used(root, change) is None


def test_a_machine_without_counters_says_nothing(tmp_path):
    assert used(tmp_path / "absent", lambda: None) is None


def test_an_error_inside_passes_through(powercap):
    root = powercap({"intel-rapl:0": ("package-0", 1)})
    with pytest.raises(ZeroDivisionError), measure_energy(root):
        _ = 1 / 0
