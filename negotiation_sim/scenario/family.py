"""A family of games: payoffs given by a Python function of named parameters, solved and swept like a scenario."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negotiation_sim._version import __version__
from negotiation_sim._words import nearest_name
from negotiation_sim.equilibria.concepts import solver_for
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.scenario.actors import Parameter
from negotiation_sim.scenario.evaluation import BlockCache, aligned, point_status, with_status
from negotiation_sim.scenario.game_evaluator import GameEvaluator
from negotiation_sim.scenario.name_checks import check_parameters
from negotiation_sim.scenario.outcomes import OutcomeClasses
from negotiation_sim.scenario.parameters import as_parameters, replaced
from negotiation_sim.scenario.problem import Findings, ScenarioError
from negotiation_sim.status import Status

if TYPE_CHECKING:
    from negotiation_sim.equilibria.concepts import Solver
    from negotiation_sim.solution import Block

__all__ = ["GameFamily"]


@dataclass(frozen=True, eq=False)
class GameFamily:
    """A game whose payoffs are a Python function of parameters.

    Parameters
    ----------
    function : callable
        Called once for a whole block of points with every parameter as a keyword argument, each an array that broadcasts against
        the others. It returns nested lists, ``[player][a_0]...[a_{N-1}]``, of numbers and such arrays (each computed on only the
        axes it depends on), or one array of shape ``(*batch, player, a_0, ..., a_{N-1})``.
    parameters : mapping of str to Parameter or float
        Names, base values, ranges.
    players : sequence of str
        Names of the players.
    actions : sequence of sequences of str
        Names of each player's actions.
    order : sequence of sequences of str, optional
        Who moves when, for subgame-perfect paths: one list of players for each stage. By default all at once.
    outcomes : callable, optional
        Takes an action profile (a tuple of action names), returns the name of its outcome. By default each profile is its own.
    title, note : str
        For tables, figures and results.

    Raises
    ------
    ValueError
        If the function's result does not fit the players and actions.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> def chicken(crash):
    ...     return [[[0, -1], [1, -crash]], [[0, 1], [-1, -crash]]]
    >>> family = ns.GameFamily(chicken, {"crash": ns.Parameter(5.0, range=(0, 10))}, ["A", "B"], [["swerve", "dare"]] * 2)
    >>> family.solve().count
    array(3, dtype=int32)
    >>> ns.sweep(family, ns.grid(crash=[-2.0, 5.0]))["count"].values[:, 0]
    array([1, 3], dtype=int32)
    """

    function: Callable[..., Any]
    parameters: Mapping[str, Parameter]
    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    order: tuple[tuple[str, ...], ...] | None = None
    outcomes: Callable[[tuple[str, ...]], str] | None = field(default=None, repr=False)
    title: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise ValueError(f"function must be a function of the parameters; got {type(self.function).__name__}")
        object.__setattr__(self, "parameters", as_parameters(self.parameters))
        findings = Findings()
        check_parameters(self.parameters, findings)
        if findings:
            raise ScenarioError(findings.problems)
        object.__setattr__(self, "players", _names("players", self.players))
        object.__setattr__(self, "actions", tuple(_names(f"actions[{k}]", a) for k, a in enumerate(self.actions)))
        if len(self.actions) != len(self.players):
            raise ValueError(f"actions must name the actions of each of the {len(self.players)} players; got {len(self.actions)} lists")
        if self.order is not None:
            given: Any = self.order  # perhaps plain names, which would fall apart into letters
            stages = [(stage,) if isinstance(stage, str) else tuple(stage) for stage in given]
            object.__setattr__(self, "order", tuple(stages))
            if sorted(str(name) for stage in stages for name in stage) != sorted(self.players):
                raise ValueError(
                    f"order must name each player exactly once, a list of players for each stage; got {[list(s) for s in stages]} "
                    f"for players {list(self.players)}"
                )
        takes = inspect.signature(self.function).parameters.values()
        if not any(p.kind is p.VAR_KEYWORD for p in takes):
            accepted = {p.name for p in takes if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
            required = {p.name for p in takes if p.default is p.empty and p.kind is not p.VAR_POSITIONAL}
            wrong = sorted(set(self.parameters) - accepted) + sorted(required - set(self.parameters))
            if wrong:
                raise ValueError(
                    f"the function's arguments {sorted(accepted)} must be the parameters {sorted(self.parameters)}; they differ in {wrong}"
                )

    @property
    def player_names(self) -> tuple[str, ...]:
        """Names of the players."""
        return self.players

    @property
    def form(self) -> str:
        """``"simultaneous"``, or ``"in order"`` where an order of moves is given."""
        return "simultaneous" if self.order is None else "in order"

    @property
    def play_shape(self) -> tuple[int, ...]:
        """Number of actions of each player."""
        return tuple(len(a) for a in self.actions)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch that arrays in the parameters make."""
        return np.broadcast_shapes(*(np.shape(p.value) for p in self.parameters.values()))

    @property
    def attrs(self) -> dict[str, object]:
        """What every result says about where its numbers come from."""
        values = {name: np.asarray(p.value).tolist() for name, p in self.parameters.items()}
        return {
            "title": self.title or getattr(self.function, "__name__", "game family"),
            "note": self.note,
            "model": "game family",
            "scenario": "",
            "parameters": json.dumps(values),
            "version": __version__,
        }

    @cached_property
    def classes(self) -> OutcomeClasses:
        """The outcome of every action profile."""
        profiles = list(itertools.product(*self.actions))
        of_profile = [str(self.outcomes(p)) if self.outcomes is not None else "+".join(p) for p in profiles]
        if self.outcomes is None and len(set(of_profile)) < len(profiles):  # names that hold a plus
            of_profile = [" / ".join(p) for p in profiles]
        if self.outcomes is None and len(set(of_profile)) < len(profiles):
            of_profile = [repr(p) for p in profiles]
        names = list(dict.fromkeys(of_profile))
        of_play = np.array([names.index(n) for n in of_profile], dtype=np.int16).reshape(self.play_shape)
        of_play.setflags(write=False)
        return OutcomeClasses(tuple(names), tuple(names), of_play, None)

    def replace(self, **values: ArrayLike) -> GameFamily:
        """Return the family with other parameter values; arrays broadcast and make a batch of games."""
        return dataclasses.replace(self, parameters=replaced(self.parameters, values))

    def game(self) -> NormalFormGame:
        """Return the game, or the batch of games, at the present parameters."""
        tensor, _ = self._evaluate({n: p.value for n, p in self.parameters.items()}, self.batch_shape)
        return NormalFormGame.from_tensor(tensor, self.batch_shape, self.players, self.actions, note=self.note)

    def solve(self, solver: Solver | str | None = None) -> Any:
        """Find every equilibrium; the default is every Nash equilibrium, or subgame-perfect path if an order is given."""
        default = "nash" if self.order is None else "subgame-perfect"
        chosen = solver_for(default if solver is None else solver, len(self.players))
        tensor, status = self._evaluate({n: p.value for n, p in self.parameters.items()}, self.batch_shape)
        if chosen.takes is StagedGame:
            return with_status(chosen(self.staged_game(tensor, self.batch_shape, self.form)), status)
        return with_status(chosen(NormalFormGame.from_tensor(tensor, self.batch_shape, self.players, self.actions, note=self.note)), status)

    def evaluator(self, swept: Mapping[str, tuple[str, ...]], solvers: Sequence[Solver | str] | None, keep: Sequence[str]) -> GameEvaluator:
        """Make ready for a sweep of the parameters named in ``swept``."""
        for name in swept:
            if name not in self.parameters:
                raise ValueError(f"sweep: unknown parameter {name!r}; {nearest_name(name, self.parameters)}")
        default: tuple[str, ...] = ("nash",) if self.order is None else ("nash", "subgame-perfect")
        return GameEvaluator(self, solvers if solvers is not None else default, keep)

    def block_tensor(self, block: Block, kept: BlockCache) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        """Payoffs on one block of a sweep, and the status of each of its points."""
        return self._evaluate({name: p.value for name, p in self.parameters.items()} | dict(block.values), block.shape, kept)

    def block_cells(self, block: Block, kept: BlockCache) -> list[list[NDArray[np.float64]]] | None:
        """Payoffs of each player at each profile, on no more axes than it depends on; None where `block_tensor` must say what is wrong."""
        arrays = {n: aligned(p.value, len(block.shape)) for n, p in self.parameters.items()} | dict(block.values)
        if (point_status(self.parameters, arrays, block.shape) != Status.OK).any():
            return None
        for array in arrays.values():
            array.setflags(write=False)
        try:
            with np.errstate(all="ignore"):
                nested = self.function(**arrays)
        except Exception:  # noqa: BLE001 (told by block_tensor, which calls it again)
            return None
        return _cells(nested, (len(self.players), *self.play_shape), block.shape)

    def staged_game(self, tensor: NDArray[np.float64], batch_shape: tuple[int, ...], form: str) -> StagedGame:
        """Wrap a payoff buffer as a game with an order of moves."""
        order = self.order if self.order is not None and form != "simultaneous" else (self.players,)
        stages = [[self.players.index(name) for name in stage] for stage in order]
        return StagedGame.from_tensor(
            tensor, batch_shape, self.players, range(len(self.players)), stages, self.players, self.actions, form=form, note=self.note
        )

    def _evaluate(
        self, values: Mapping[str, Any], shape: tuple[int, ...], kept: BlockCache | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        arrays = {name: aligned(value, len(shape)) for name, value in values.items()}
        status = point_status(self.parameters, arrays, shape)
        for array in arrays.values():
            array.setflags(write=False)
        try:
            with np.errstate(all="ignore"):
                result = self.function(**arrays)
        except Exception as error:
            raise ValueError(
                f"the family's function raised {type(error).__name__}: {error}. Its arguments are arrays over the points of a batch, "
                "to be left as they are: use np.where instead of if, np.exp instead of math.exp"
            ) from error
        full_shape = (len(self.players), *self.play_shape, *shape)
        out = np.empty(full_shape) if kept is None else kept.buffer(full_shape)
        if isinstance(result, np.ndarray):
            expected = (len(self.players), *self.play_shape)
            if result.dtype.kind not in "biuf":
                raise ValueError(f"the function must return real numbers; got an array of {result.dtype}")
            try:
                full = np.broadcast_to(result, (*shape, *expected))
            except ValueError:
                raise ValueError(
                    f"the function must return axes (*batch, player, actions) = {(*shape, *expected)}; got {result.shape}"
                ) from None
            np.copyto(out, np.moveaxis(full, range(len(shape)), range(-len(shape), 0)) if shape else full)
        else:
            self._copy(out, result, "")
        tensor = out.reshape((*out.shape[: 1 + len(self.players)], -1))
        if (status != Status.OK).any():
            tensor[..., (status != Status.OK).ravel()] = np.nan
        return tensor, status

    def _copy(self, out: NDArray[np.float64], nested: Any, where: str, depth: int = 0) -> None:
        if depth == 1 + len(self.players):
            try:
                cell = np.asarray(nested)
                if cell.dtype.kind not in "biuf":
                    raise TypeError
                np.copyto(out, cell)
            except (TypeError, ValueError):
                got = f"{nested.dtype} {nested.shape}" if isinstance(nested, np.ndarray) else f"{type(nested).__name__} {str(nested)[:60]}"
                raise ValueError(
                    f"payoff{where} must be a number or an array of real numbers that broadcasts to {out.shape}; got {got}"
                ) from None
            return
        if not isinstance(nested, Sequence | np.ndarray) or len(nested) != len(out):
            level = "a list with one entry a player" if depth == 0 else f"a list with one entry an action of {self.players[depth - 1]}"
            got = f"{len(nested)} entries" if isinstance(nested, Sequence | np.ndarray) else type(nested).__name__
            raise ValueError(f"the function's result{where} must be {level} ({len(out)}); got {got}")
        for k, part in enumerate(nested):
            self._copy(out[k, ...], part, f"{where}[{k}]", depth + 1)


def _cells(nested: Any, depth: tuple[int, ...], shape: tuple[int, ...]) -> list[list[NDArray[np.float64]]] | None:
    """Take nested lists (or an array, batch first) apart into payoffs (player, profile); None if they are not what they should be."""
    if isinstance(nested, np.ndarray) and nested.ndim >= len(depth):
        nested = np.moveaxis(nested, range(-len(depth), 0), range(len(depth)))
    level = [nested]
    for n in depth:
        sizes = [len(p) if isinstance(p, list | tuple) or (isinstance(p, np.ndarray) and p.ndim) else -1 for p in level]
        if set(sizes) != {n}:
            return None
        level = [part[k] for part in level for k in range(n)]
    try:
        cells = [np.asarray(cell) for cell in level]
    except ValueError:  # a ragged list
        return None
    if any(cell.dtype.kind not in "biuf" or not _fits(cell.shape, shape) for cell in cells):
        return None
    cells = [cell.astype(np.float64, copy=False).reshape((1,) * (len(shape) - cell.ndim) + cell.shape) for cell in cells]
    profiles = len(cells) // depth[0]
    return [cells[i : i + profiles] for i in range(0, len(cells), profiles)]


def _fits(cell: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape broadcasts to the other."""
    return len(cell) <= len(shape) and all(a in (1, b) for a, b in zip(reversed(cell), reversed(shape), strict=False))


def _names(what: str, given: Sequence[str]) -> tuple[str, ...]:
    """Names as a tuple of different texts, at least one."""
    names = tuple(str(name) for name in given) if not isinstance(given, str) else ()
    if not names or len(set(names)) != len(names):
        raise ValueError(f"{what} must be a list of at least one name, all different; got {given!r}")
    return names
