"""Estimate precision, and parameters of payoffs, from how often actions were chosen."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from negotiation_sim._arguments import real_number, whole_number
from negotiation_sim._words import nearest_name
from negotiation_sim.estimation.estimates import Estimate
from negotiation_sim.estimation.likelihoods import Likelihood, ParametricModel, read_counts
from negotiation_sim.games.arguments import read_names
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.scenario.actors import Parameter
from negotiation_sim.status import Status

__all__ = ["estimate"]

Array = NDArray[np.float64]

LOWEST, HIGHEST = 1e-6, 3e3  # precision times payoff range: below it counts as 0, above as infinite
PER_DECADE = 8
STARTS, KEPT = 32, 3  # points of the parameters tried at first, and followed up
STEP = 1e-3  # of differences, in units of each coordinate
CLOSE = 1e-4  # distance from a bound, in the same units
TOLD_APART = 1e-5  # least curvature of the likelihood in any direction, as a share of the greatest: differences resolve no less
FLAT = 1e-11  # change of the log-likelihood over all precisions, as a share of it, that is only rounding


def estimate(
    model: NormalFormGame | ParametricModel,
    counts: Sequence[ArrayLike],
    parameters: Sequence[str] | None = None,
    *,
    rationality: Sequence[float | Sequence[float]] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Fit logit quantal responses to observed choices by maximum likelihood.

    The probabilities are those of the principal branch (`LogitQRE`), the same precision in every game of a batch; choices are independent.
    Standard errors come from the observed information, the second derivatives of the log-likelihood at its maximum.

    Parameters
    ----------
    model : NormalFormGame, GameFamily or Scenario
        A game, or a batch of games (sessions, treatments) with counts for each. A scenario is played in its simultaneous form.
    counts : sequence of array_like, one for each player, shape (*batch, n_i)
        How often each action was chosen; zeros for a player that was not observed.
    parameters : sequence of str, optional
        Parameters of the model to estimate with the precision, within their domains. The search starts from the model's values and from
        points of their ranges.
    rationality : sequence, optional
        Fixed weights of the precision, as in `LogitQRE`.
    level : float, default 0.95
        Confidence level of the intervals.
    seed : int, default 0
        Of the points from which parameters start.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError
        If counts do not fit the games, a payoff is not finite, a parameter is unknown, or a game has parameters given.

    Notes
    -----
    As precision rises past a fold of the branch, probabilities jump, and the likelihood with them: a standard error describes the smooth
    piece on which the estimate lies. Precision and the scale of all payoffs are not told apart by choices: fix one of them. Where payoffs
    do not depend on the choices that were counted, every precision explains them alike: it is NaN, and the status is SINGULAR.

    References
    ----------
    R. McKelvey and T. Palfrey (1995), "Quantal response equilibria for normal form games", Games and Economic Behavior 10, 6-38, section 4.
    H. Chernoff (1954), "On the distribution of the likelihood ratio", Annals of Mathematical Statistics 25, 573-578.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> pennies = ns.NormalFormGame.from_arrays([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    >>> found = ns.estimate(pennies, [[640, 360], [110, 890]])
    >>> round(found.precision, 3), round(float(found.standard_errors[0]), 3)
    (7.517, 0.864)
    """
    level = real_number(level, "level must lie between 0 and 1", 0, 1)
    seed = whole_number(seed, "seed must be a whole number, at least 0", 0)
    if isinstance(parameters, str):
        raise ValueError(f"parameters must be a list of names; got the text {parameters!r}: write [{parameters!r}]")
    names = () if parameters is None else read_names("parameters", parameters, None, "parameter to estimate")
    games = _games(model)
    if isinstance(model, NormalFormGame):
        if names:
            raise ValueError(f"a game has no named parameters; got parameters={list(names)}. Give a GameFamily or a Scenario.")
        bounds: list[Parameter] = []
    else:
        for name in names:
            if name not in model.parameters:
                raise ValueError(f"parameters: unknown {name!r}; {nearest_name(name, model.parameters)}")
            if np.ndim(model.parameters[name].value):
                raise ValueError(f"parameters: {name} varies over the batch; give it a single starting value with replace({name}=...)")
        bounds = [model.parameters[name] for name in names]
    counted = read_counts(counts, games.players, games.shape, games.batch_shape)
    if not games.finite.all():
        lost = f"{int((~games.finite).sum())} of {games.games} games" if games.batch_shape else "this game"
        raise ValueError(f"estimate needs finite payoffs: {lost} held NaN or infinity. Leave such games and their counts out.")
    span = float(np.max(games.payoff_range, initial=0, where=np.isfinite(games.payoff_range))) or 1.0
    search = _Search(Likelihood(model, names, counted, rationality), bounds, span)
    best, settled = search.maximum(seed)
    return _described(search, best, settled, level)


def _games(model: Any) -> NormalFormGame:
    """The games that the model's present parameters make, whose names and sizes the counts must fit."""
    if isinstance(model, NormalFormGame):
        return model
    if not isinstance(model, ParametricModel):
        raise TypeError(f"model must be a NormalFormGame, a GameFamily or a Scenario; got {type(model).__name__}")
    found: NormalFormGame = model.solve("logit").game
    return found


class _Search:
    """The likelihood in coordinates of order 1: the logarithm of precision times payoff range, and each parameter over its width."""

    def __init__(self, likelihood: Likelihood, bounds: Sequence[Parameter], span: float) -> None:
        self.likelihood, self.span = likelihood, span
        values = [float(p.value) for p in bounds]
        ranges = [p.range for p in bounds]
        self.scale = np.array([_width(v, r) for v, r in zip(values, ranges, strict=True)])
        self.ranges = [r if r is not None else (v - w / 2, v + w / 2) for v, w, r in zip(values, self.scale, ranges, strict=True)]
        self.start = np.array(values) / self.scale
        domains = [p.domain for p in bounds]
        self.low = np.array([math.log(LOWEST), *(low / w for (low, _), w in zip(domains, self.scale, strict=True))])
        self.high = np.array([math.log(HIGHEST), *(high / w for (_, high), w in zip(domains, self.scale, strict=True))])

    def natural(self, x: Array) -> tuple[Array, Array]:
        """Precisions ``(k,)`` and parameters ``(k, name)`` from coordinates ``(k, 1 + name)``."""
        return np.exp(x[:, 0]) / self.span, np.clip(x[:, 1:], self.low[1:], self.high[1:]) * self.scale

    def __call__(self, x: Array) -> Array:
        """Log-likelihood at coordinates ``(k, 1 + name)``."""
        return self.likelihood(*self.natural(x))

    def maximum(self, seed: int) -> tuple[Array, bool]:
        """Coordinates of the maximum, and whether the search settled."""
        along = self._precisions()
        points = [self.start]
        if len(self.start):
            rng = np.random.default_rng(seed)
            low, high = (np.array(ends) / self.scale for ends in zip(*self.ranges, strict=True))
            points += list(np.clip(rng.uniform(low, high, (STARTS - 1, len(low))), self.low[1:], self.high[1:]))
        values = np.stack(points)
        whole = self.likelihood(np.exp(along)[:, None] / self.span, values * self.scale)
        tried = [(column, point) for column, point in zip(np.broadcast_to(whole, (len(along), len(points))).T, values, strict=True)]
        tried.sort(key=lambda pair: -pair[0].max())
        found = [self._from(values, along, point) for values, point in tried[:KEPT]]
        return max(found, key=lambda pair: float(self(pair[0][None])[0]))

    def is_flat(self, x: Array) -> bool:
        """Whether choices are as likely at every precision, given the parameters of these coordinates."""
        along = self._precisions()
        value = self.likelihood(np.exp(along)[:, None] / self.span, x[None, 1:] * self.scale)
        return bool(np.ptp(value[np.isfinite(value)]) <= FLAT * np.abs(value).max(initial=0, where=np.isfinite(value)))

    def _precisions(self) -> Array:
        return np.linspace(self.low[0], self.high[0], round((self.high[0] - self.low[0]) / math.log(10) * PER_DECADE) + 1)

    def _from(self, values: Array, along: Array, point: Array) -> tuple[Array, bool]:
        k = int(values.argmax())
        first = np.concatenate([[along[k]], point])
        if not len(point):
            ends = float(along[max(k - 1, 0)]), float(along[min(k + 1, len(along) - 1)])
            line = optimize.minimize_scalar(
                lambda u: self._loss(np.array([[u]]))[0], bounds=ends, method="bounded", options={"xatol": 1e-9}
            )
            best = np.array([line.x]) if -line.fun >= values[k] else first
            return best, bool(line.success)
        done = optimize.minimize(self._with_slope, first, jac=True, method="L-BFGS-B", bounds=list(zip(self.low, self.high, strict=True)),
                                 options={"ftol": 1e-14, "gtol": 1e-7, "maxiter": 500})  # fmt: skip
        best = np.asarray(done.x, dtype=np.float64)
        for _ in range(3):  # Newton's steps, which get closer than differences of the likelihood itself
            slope, curve = self.derivatives(best)
            free = (best > self.low + CLOSE) & (best < self.high - CLOSE)
            if not free.any() or not np.isfinite(curve).all() or (np.linalg.eigvalsh(-curve[np.ix_(free, free)]) <= 0).any():
                break
            move = np.zeros(len(best))
            move[free] = np.linalg.solve(-curve[np.ix_(free, free)], slope[free])
            nearer = np.clip(best + move, self.low, self.high)
            if np.abs(move).max() > 0.1 or not self(nearer[None])[0] >= self(best[None])[0] - 1e-9:
                break
            best = nearer
        return best, bool(done.success) or np.abs(self.derivatives(best)[0][(best > self.low) & (best < self.high)]).max(initial=0) < 1e-3

    def _loss(self, x: Array) -> Array:
        """Minus the log-likelihood, with a large number where there is none."""
        value = self(x)
        return np.where(np.isfinite(value), -value, 1e12)

    def _with_slope(self, x: Array) -> tuple[float, Array]:
        h = 1e-5
        shifts = h * np.eye(len(x))
        points = np.clip(np.vstack([x, x + shifts, x - shifts]), self.low, self.high)
        loss = self._loss(points)
        n = len(x)
        width = np.maximum((points[1 : n + 1] - points[n + 1 :]).sum(axis=1), 1e-300)
        return float(loss[0]), (loss[1 : n + 1] - loss[n + 1 :]) / width

    def derivatives(self, x: Array) -> tuple[Array, Array]:
        """Slope and second derivatives of the log-likelihood by central differences, in one call."""
        n = len(x)
        unit = STEP * np.eye(n)
        pairs = list(itertools.combinations(range(n), 2))
        corners = [x + a * unit[i] + b * unit[j] for i, j in pairs for a in (1, -1) for b in (1, -1)]
        value = self(np.vstack([x, x + unit, x - unit, *corners]))
        up, down = value[1 : n + 1], value[n + 1 : 2 * n + 1]
        curve = np.diag((up - 2 * value[0] + down) / STEP**2)
        for k, (i, j) in enumerate(pairs):
            a, b, c, d = value[2 * n + 1 + 4 * k : 2 * n + 5 + 4 * k]
            curve[i, j] = curve[j, i] = (a - b - c + d) / (4 * STEP**2)
        return (up - down) / (2 * STEP), curve


def _width(value: float, ends: tuple[float, float] | None) -> float:
    return ends[1] - ends[0] if ends is not None and ends[1] > ends[0] else max(abs(value), 1.0)


def _described(search: _Search, best: Array, settled: bool, level: float) -> Estimate:
    likelihood = search.likelihood
    names = ("precision", *likelihood.names)
    even = likelihood.of_even_play()
    value = float(search(best[None])[0])
    flat = search.is_flat(best)
    zero = not flat and (best[0] <= search.low[0] + CLOSE or (not likelihood.names and even >= value))
    far = best.copy()
    far[0] = search.high[0]
    infinite = (
        not flat and not zero and float(search(far[None])[0]) >= value - 1e-9 * (1 + abs(value))
    )  # flat from here on, or still rising
    if infinite:
        best = far
    precision, parameters = (part[0] for part in search.natural(best[None]))
    at_bound = ["precision"] if zero or infinite else []
    at_bound += [
        n for n, x, a, b in zip(names[1:], best[1:], search.low[1:], search.high[1:], strict=True) if x <= a + CLOSE or x >= b - CLOSE
    ]
    size, status = len(names), Status.SINGULAR if flat else Status.OK if settled else Status.MAX_ITER
    covariance = np.full((size, size), np.nan)
    free = np.array([k for k, name in enumerate(names) if name not in at_bound], dtype=int)
    if zero and not likelihood.names:
        value = even
    elif len(free) and not flat:
        information = -search.derivatives(best)[1][np.ix_(free, free)]
        spread = np.linalg.eigvalsh(information) if np.isfinite(information).all() else np.zeros(1)
        if spread.min() > TOLD_APART * spread.max():
            units = np.concatenate([[precision], search.scale])[free]  # d precision / d log precision, and widths
            covariance[np.ix_(free, free)] = np.linalg.inv(information) * np.outer(units, units)
        elif status == Status.OK:
            status = Status.SINGULAR
    values = np.concatenate([[math.nan if flat else 0.0 if zero else math.inf if infinite else precision], parameters])
    z = float(stats.norm.ppf(0.5 + level / 2))
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diagonal(covariance))
        interval = np.stack([values - z * errors, values + z * errors], axis=1)
        if 0 < values[0] < math.inf:
            interval[0] = values[0] * np.exp(np.array([-z, z]) * errors[0] / values[0])
    ratio = 2 * max(value - even, 0)
    p_value = float("nan") if flat or likelihood.names else 1.0 if ratio == 0 else float(stats.chi2.sf(ratio, 1) / 2)
    shown = likelihood.responses([0.0 if zero or flat else precision], parameters[None])
    return Estimate(
        names=names,
        values=values,
        covariance=covariance,
        interval=interval,
        level=level,
        status=status,
        at_bound=tuple(at_bound),
        log_likelihood=value,
        log_likelihood_random=even,
        log_likelihood_frequencies=likelihood.of_frequencies(),
        p_value=p_value,
        observations=float(sum(counted.sum() for counted in likelihood.counts)),
        responses=shown,
    )
