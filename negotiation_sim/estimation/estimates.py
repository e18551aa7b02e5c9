"""What an estimation returns: values, their uncertainty, and how well they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negotiation_sim._table import Shown, Table, number_text
from negotiation_sim._words import nearest_name
from negotiation_sim.status import Status

if TYPE_CHECKING:
    import pandas as pd

    from negotiation_sim.equilibria.quantal.responses import QuantalResponses

__all__ = ["Estimate"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Estimate(Shown):
    """Maximum likelihood estimates of a precision, and of parameters of payoffs if any.

    Parameters
    ----------
    names : tuple of str
        ``"precision"``, then the parameters.
    values : ndarray, shape (name,)
        The precision is in units of 1 / payoff; infinite where the data are more and more likely as it grows, NaN where they are as likely
        at every precision; parameters then are where the search ended.
    covariance : ndarray, shape (name, name)
        Inverse of the observed information; NaN for what is at a bound.
    interval : ndarray, shape (name, 2)
        Confidence interval from the standard errors; that of the precision on a logarithmic scale, so that it stays positive.
    level : float
        Confidence level of the interval.
    status : Status
        OK; SINGULAR where the data do not tell the parameters apart; MAX_ITER where the search did not settle.
    at_bound : tuple of str
        What lies at a bound (a precision of 0 or infinity, a parameter at the end of its domain) and so has no standard error.
    log_likelihood, log_likelihood_random, log_likelihood_frequencies : float
        At the estimates, of even play, and of a model that fits every observed frequency, which none can exceed.
    p_value : float
        Of even play against a positive precision, by the likelihood ratio: precision 0 is at the edge of what is possible, so the ratio
        is 0 half the time and chi-squared with one degree of freedom otherwise (Chernoff 1954). NaN with parameters of payoffs, which even
        play does not identify.
    observations : float
        Number of choices.
    responses : QuantalResponses
        The equilibrium at the estimates; at the largest precision tried where the estimate is infinite.
    """

    names: tuple[str, ...]
    values: Array
    covariance: Array
    interval: Array
    level: float
    status: Status
    at_bound: tuple[str, ...]
    log_likelihood: float
    log_likelihood_random: float
    log_likelihood_frequencies: float
    p_value: float
    observations: float
    responses: QuantalResponses

    @property
    def precision(self) -> float:
        """The estimated precision."""
        return float(self.values[0])

    @property
    def standard_errors(self) -> Array:
        """Square roots of the variances; shape ``(name,)``."""
        with np.errstate(invalid="ignore"):
            out: Array = np.sqrt(np.diagonal(self.covariance))
        return out

    @property
    def pseudo_r2(self) -> float:
        """Share of the way from even play to the observed frequencies, in log-likelihood; NaN where the frequencies are even."""
        room = self.log_likelihood_frequencies - self.log_likelihood_random
        return (self.log_likelihood - self.log_likelihood_random) / room if room > 0 else float("nan")

    def __getitem__(self, name: str) -> float:
        if name not in self.names:
            raise KeyError(f"unknown estimate {name!r}; {nearest_name(name, self.names)}")
        return float(self.values[self.names.index(name)])

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value:.6g}" for name, value in zip(self.names, self.values, strict=True))
        return f"Estimate({said}, log_likelihood={self.log_likelihood:.6g}, {self.status.name})"

    @property
    def tables(self) -> tuple[Table, ...]:
        """One table of the estimates."""
        rows = [
            (name, float(value), float(error), tuple(ends) if np.isfinite(ends).all() else None, "yes" if name in self.at_bound else "")
            for name, value, error, ends in zip(self.names, self.values, self.standard_errors, self.interval.tolist(), strict=True)
        ]
        note = (
            f"Log-likelihood {self.log_likelihood:.6g}; even play {self.log_likelihood_random:.6g}; observed frequencies "
            f"{self.log_likelihood_frequencies:.6g}; {number_text(self.observations)} choices."
        )
        if not np.isnan(self.p_value):
            note += f" Even play has p = {self.p_value:.2g}."
        if self.status != Status.OK:
            note = f"{self._advice()} {note}"
        columns = ("", "estimate", "standard error", f"{self.level:.0%} interval", "at a bound")
        return (Table(columns, rows, title="Maximum likelihood of logit quantal responses", note=note),)

    def _advice(self) -> str:
        """Say what the status means for an estimate."""
        if self.status != Status.SINGULAR:
            return "The search did not settle: give the parameters narrower ranges, or other values to start from."
        if np.isnan(self.precision):
            return (
                "The choices that were counted are as likely at every precision, as if their payoffs were all the same: they can't tell it."
                " Count choices that have consequences."
            )
        return (
            "The estimates can't be told apart: the information is singular, so other values explain the choices as well. Fix one of them"
            " (precision and the scale of payoffs only matter together), or count choices in games that differ more."
        )

    def to_pandas(self) -> pd.DataFrame:
        """Return one row for each estimate."""
        import pandas as pd

        return pd.DataFrame(
            {
                "estimate": self.values,
                "standard_error": self.standard_errors,
                "low": self.interval[:, 0],
                "high": self.interval[:, 1],
                "at_bound": [name in self.at_bound for name in self.names],
            },
            index=list(self.names),
        )
