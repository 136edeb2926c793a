"""Pairs on which two versions of a model are compared: from nothing to more than fits, in several scripts."""
# ruff: noqa: RUF001  (Greek letters are meant to be Greek)

from __future__ import annotations

_TIDES = (
    "The moon pulls the near side of the Earth more than its middle, and the middle more than the far side, so the"
    " water rises on both. The planet turns once a day beneath the two bulges, and most coasts see two high tides."
)
_BREAD = (
    "A starter that doubles within six hours is ready. Mix it with flour, water and 2% salt, fold the dough every half"
    " hour, and let it rise in a cool place overnight; bake it at 240 degrees until the crust is dark."
)
_LIGHTHOUSE = " ".join(
    f"On day {day} the keeper climbed the stairs, trimmed the lamp and wrote: the wind is {wind}."
    for day, wind in enumerate(("northerly", "calm", "rising", "from the sea", "bitter", "kind to ships") * 8, start=1)
)

#: Queries, each with its passages.
SAMPLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tides", ("", "Tides.", "The moon causes the tides.", _TIDES, _BREAD)),
    ("why are there two high tides a day", ("Two bulges.", _TIDES, _BREAD, _TIDES + " " + _BREAD)),
    ("how long does sourdough bread rise", ("Overnight, in a cool place.", _TIDES, _BREAD, f"{_BREAD} " * 3)),
    ("which wind is kind to ships", (_LIGHTHOUSE[:600], _LIGHTHOUSE[:1500], _LIGHTHOUSE)),
    (_LIGHTHOUSE[:900], ("The keeper trimmed the lamp.", _TIDES, _LIGHTHOUSE)),
    ("ERR_CONNECTION_RESET: what to do?", ("Restart the proxy (code -101), then retry.", "def retry(n=3): ...")),
    ("où acheter du café près de la gare ?", ("Le café de la gare vend du café en grains dès six heures.", _BREAD)),
    ("東京から京都まで何時間ですか", ("新幹線で二時間十五分です。", "Two hours and a quarter by train.")),
    ("متى تشرق الشمس", ("تشرق الشمس في السادسة صباحا.", "Ο ήλιος ανατέλλει στις έξι το πρωί.")),
)
