"""What using a flashrank does: a method asks one question, its name is the question, and it returns the answer."""

from probes.constructing import Constructing
from probes.listwise import Listwise
from probes.parts import Parts
from probes.probe import Probe
from probes.ranking import Ranking

__all__ = ["PROBES", "Probe"]

PROBES = (Constructing, Parts, Ranking, Listwise)
