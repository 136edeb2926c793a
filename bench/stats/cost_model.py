"""What a request costs: latency as a function of tokens, passages, threads and the size of the model.

The form follows from what is computed. A layer of width ``d`` takes a pair of ``n`` tokens through four projections of
``d`` x ``d`` and a feed-forward network of inner width ``4d``: 12 ``n d²`` multiply-adds, 24 ``n d²`` FLOPs. Attention
multiplies ``n`` queries by ``n`` keys, and ``n`` x ``n`` weights by the values: 4 ``n² d`` FLOPs. Layer norm, GELU,
residuals and the quantisation of activations touch each of ``n d`` numbers a few times. Starting a layer's operators
costs the same whatever their size, and so does starting a run. With ``L`` layers, one pair takes one thread

    s = a · 24 L n d²  +  b · 4 L n² d  +  c · L n d  +  e · L  +  f

seconds. The engine gives each passage a run of its own and each run one thread, so ``P`` passages of one length on
``T`` threads take ``ceil(P / T)`` waves. Threads share memory, cache and the interpreter: a share ``q`` of the work
goes one after the other, and the waves cost ``(1 - q) ceil(P / T) + q P`` times ``s``, which is Amdahl's law. As ``q``
may differ from term to term, each term has one coefficient for the waves and one for the passages, and a constant for
the request joins them. All of this is linear in the coefficients, and none of them can be negative: non-negative least
squares finds them. Rows are divided by their measured seconds, so what is small is the relative error.

What the measurements cannot tell apart is left out: one model alone has no ``L`` and ``d`` to vary, so its terms are
those of ``n``; one thread count alone cannot tell waves from passages. FLOPs say nothing of precision: a fit over
models assumes that all of them compute in the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.common.errors import BenchError
from bench.results.run_results import ModelInfo

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

#: Fewest cells of a fit, and fewest sizes of a fit over models.
LEAST_CELLS, LEAST_SIZES = 3, 3
#: A term of which the terms before it explain all but this share cannot be told from them in measurements.
_DISTINCT = 0.01
#: Share of the solution up to which a term is none.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class LatencyCell:
    """The requests of one setting.

    Attributes:
        model: Label of the model.
        layers: Its layers.
        width: Its width.
        tokens: Tokens per pair.
        passages: Passages per request.
        threads: Threads of the request.
        requests: How often it was timed.
        seconds: Median seconds per request.
        low: Their 5th percentile.
        high: Their 95th percentile.
    """

    model: str
    layers: int
    width: int
    tokens: int
    passages: int
    threads: int
    requests: int
    seconds: float
    low: float
    high: float

    @property
    def size(self) -> tuple[int, int]:
        """Layers and width of the model."""
        return self.layers, self.width


@dataclass(frozen=True)
class CostModel:
    """A fitted model of latency.

    Attributes:
        coefficients: Term -> seconds per unit of it, none negative. Terms of one pair are ``projections`` and
            ``attention`` (FLOPs), ``elements``, ``layers`` and ``pair``, once per wave, and with ``serial`` before them
            once per passage; ``request`` is the constant. What could not be told apart is not in it.
        cells: The cells that it was fitted to.
    """

    coefficients: dict[str, float]
    cells: tuple[LatencyCell, ...]

    def predict(
        self,
        tokens: npt.ArrayLike,
        passages: npt.ArrayLike,
        threads: npt.ArrayLike,
        layers: npt.ArrayLike,
        width: npt.ArrayLike,
    ) -> npt.NDArray[np.float64]:
        """Return seconds per request, of the common shape of the arguments; never less for more tokens or passages."""
        import numpy as np

        columns = _columns(tokens, passages, threads, layers, width)
        return np.asarray(sum(value * columns[name] for name, value in self.coefficients.items()), dtype=np.float64)

    def predict_cell(self, cell: LatencyCell) -> float:
        """Return the seconds per request of a cell's setting."""
        return float(self.predict(cell.tokens, cell.passages, cell.threads, cell.layers, cell.width))

    def covers(self, tokens: int, passages: int, threads: int, layers: int, width: int) -> bool:
        """Tell whether a setting lies between fitted cells of the same size and threads; all else is extrapolation."""
        alike = [cell for cell in self.cells if cell.size == (layers, width) and cell.threads == threads]
        return any(cell.tokens <= tokens and cell.passages <= passages for cell in alike) and any(
            cell.tokens >= tokens and cell.passages >= passages for cell in alike
        )

    def per_pair(self, layers: int, width: int, *, serial: bool) -> tuple[float, float, float]:
        """Return the seconds of a pair as a polynomial of its tokens: what is constant, linear and quadratic.

        Args:
            layers: Layers of the model.
            width: Its width.
            serial: Whether to return the part that every passage takes, one after the other, or the part of every wave.
        """
        prefix = "serial " if serial else ""

        def coefficient(term: str) -> float:
            return self.coefficients.get(prefix + term, 0.0)

        constant = coefficient("pair") + layers * coefficient("layers")
        linear = 24 * layers * width**2 * coefficient("projections") + layers * width * coefficient("elements")
        return constant, linear, 4 * layers * width * coefficient("attention")


def measured_cells(latency: pd.DataFrame, models: Sequence[ModelInfo]) -> tuple[LatencyCell, ...]:
    """Return the cells of the latency measurement, model by model in the order given, by threads, passages, tokens.

    Args:
        latency: Columns ``model``, ``tokens``, ``passages``, ``threads``, ``repeat`` and ``seconds``.
        models: The models; rows of others are left out.

    Raises:
        BenchError: A time is not a positive number.
    """
    import numpy as np

    found = []
    for model in models:
        of_model = latency[latency["model"] == model.name]
        groups: Any = of_model.groupby(["threads", "passages", "tokens"])
        for key, group in groups:
            threads, passages, tokens = map(int, key)
            seconds = group["seconds"].to_numpy(dtype=float)
            if not (np.isfinite(seconds).all() and (seconds > 0).all()):
                raise BenchError(
                    f"latency of {model.name} at {tokens} tokens: a time is not a positive number of seconds; "
                    "measure it again"
                )
            low, median, high = (float(value) for value in np.percentile(seconds, [5, 50, 95]))
            setting = (model.name, model.layers, model.hidden_size, tokens, passages, threads)
            found.append(LatencyCell(*setting, len(seconds), median, low, high))
    return tuple(found)


def fit(cells: Sequence[LatencyCell]) -> CostModel:
    """Return the model of latency with the least squared relative errors, of one model or of several.

    Raises:
        BenchError: Fewer than three cells.
    """
    import numpy as np
    from scipy.optimize import nnls

    if len(cells) < LEAST_CELLS:
        raise BenchError(f"a fit needs at least {LEAST_CELLS} measured cells, and there are {len(cells)}")
    settings = np.array([(cell.tokens, cell.passages, cell.threads, cell.layers, cell.width) for cell in cells])
    seconds = np.array([cell.seconds for cell in cells])
    columns = {name: values / seconds for name, values in _columns(*settings.T).items()}
    names = _identifiable(columns)
    scales = {name: np.linalg.norm(columns[name]) for name in names}
    solution, _ = nnls(np.column_stack([columns[name] / scales[name] for name in names]), np.ones(len(cells)))
    # Whether a term that explains nothing is zero or a little more is a matter of rounding.
    solution[solution <= _NOTHING * solution.sum()] = 0.0
    coefficients = {name: float(value / scales[name]) for name, value in zip(names, solution, strict=True)}
    return CostModel(coefficients, tuple(cells))


def fit_sizes(cells: Sequence[LatencyCell]) -> CostModel:
    """Return one fit over models.

    Raises:
        BenchError: The models have fewer than three different sizes, or there are fewer than three cells.
    """
    sizes = len({cell.size for cell in cells})
    if sizes < LEAST_SIZES:
        raise BenchError(f"a fit over models needs at least {LEAST_SIZES} sizes of model, and there are {sizes}")
    return fit(cells)


def _columns(tokens: Any, passages: Any, threads: Any, layers: Any, width: Any) -> dict[str, Any]:
    """Return term -> its units in each request. Of terms that cannot be told apart, the first one is kept."""
    import numpy as np

    n, p, t, depth, d = np.broadcast_arrays(*(np.asarray(x, float) for x in (tokens, passages, threads, layers, width)))
    pair = {
        "projections": 24 * depth * n * d**2,
        "pair": np.ones_like(n),
        "attention": 4 * depth * n**2 * d,
        "elements": depth * n * d,
        "layers": depth,
    }
    waves = {name: np.ceil(p / t) * units for name, units in pair.items()}
    return waves | {"request": np.ones_like(n)} | {f"serial {name}": p * units for name, units in pair.items()}


def _identifiable(columns: dict[str, Any]) -> list[str]:
    """Return the terms that differ from what those before them add up to, fewer than there are cells.

    A fit with as many terms as cells would meet every cell, and predict nothing.
    """
    import numpy as np

    names: list[str] = []
    basis: list[Any] = []
    for name, column in columns.items():
        rest = column / np.linalg.norm(column)
        for _ in range(2):  # once more, as rounding leaves a little of what was taken away
            for direction in basis:
                rest = rest - (rest @ direction) * direction
        if round(float(size := np.linalg.norm(rest)), 9) > _DISTINCT and len(names) < len(column) - 1:
            names.append(name)
            basis.append(rest / size)
    return names
