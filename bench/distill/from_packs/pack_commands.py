"""The commands over packs: `pack`, `label` without a GPU, and the stages within minutes."""

from __future__ import annotations

import argparse

from bench.common.errors import BenchError

_MEBIBYTE = 2**20


def run(options: argparse.Namespace) -> None:
    """Run the command that ``options`` name.

    Raises:
        BenchError: A user's mistake or a missing input.
    """
    if options.stage == "pack":
        from bench.distill.packs.parcels import make_parcels

        if options.pack is None:
            raise BenchError("pack: no pack given; give --pack")
        most = int(options.parcel * _MEBIBYTE)
        make_parcels(options.pack, options.labels, options.teacher, most, options.parcels, print)
    elif options.minutes is not None:
        if not options.minutes > 0:
            raise BenchError(f"--minutes is {options.minutes:g}; expected more than 0")
        from bench.distill.from_packs.pack_stages import run as run_timed

        run_timed(options)
    elif options.stage == "label":
        from bench.distill.packs.int8_labels import label_pack

        label_pack(options.pack, options.teacher, options.out, options.passages or 8, options.threads)
    else:
        raise BenchError(
            "--pack: only the stages `label` and `pack` read a pack; the other stages read --parcels, with --minutes"
        )
