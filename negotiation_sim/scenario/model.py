"""A scenario: actors with payoff functions over the options of a crisis, the orders in which they may move, and what may vary."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
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
from negotiation_sim.scenario.actors import Actor, Constraint, Form, Outcome, Parameter, Term, Variant
from negotiation_sim.scenario.evaluation import BlockCache, PlayPayoffs, aligned, point_status, with_status
from negotiation_sim.scenario.game_evaluator import GameEvaluator
from negotiation_sim.scenario.outcomes import OutcomeClasses, classify
from negotiation_sim.scenario.parameters import as_parameters, replaced
from negotiation_sim.scenario.validation import ScenarioError, problems
from negotiation_sim.status import Status

if TYPE_CHECKING:
    from negotiation_sim.equilibria.concepts import Solver
    from negotiation_sim.scenario.comparison import Comparison
    from negotiation_sim.scenario.explanation import Contrast, Explanation
    from negotiation_sim.solution import Block

__all__ = ["SIMULTANEOUS", "Instrument", "Scenario"]

SIMULTANEOUS = "simultaneous"


@dataclass(frozen=True)
class Instrument:
    """One thing that one actor decides exactly once.

    ``key`` is ``"R"`` for an actor with one unnamed instrument, ``"US.stance"`` otherwise; a formula reads option ``k`` as
    ``key.k``. ``owner`` is the actor's position in the file.
    """

    key: str
    actor: str
    owner: int
    options: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Scenario:
    """A crisis as data: parameters, actors, forms, outcomes, variants; solved, swept, compared and explained by a few verbs.

    Parameters
    ----------
    title : str
        What the scenario is about.
    parameters : mapping of str to Parameter or float
        The numbers that may be replaced or swept.
    actors : mapping of str to Actor
        The players; their order is the order of players everywhere.
    definitions : mapping of str to Term
        Named formulas used by payoffs and other definitions.
    forms : mapping of str to Form
        Orders of moves. The form ``"simultaneous"`` always exists.
    outcomes : mapping of str to Outcome
        Classes of plays; the first match wins, the rest is ``"other"``. Without them, plays whose payoffs agree form a class.
    constraints : mapping of str to Constraint
        Plays that are impossible.
    variants : mapping of str to Variant
        Named changes of the base case.
    available : mapping of str to sequence of str
        For an instrument, the options that are open in the base case (all, if not listed). A variant may open others.
    form : str
        The default form.
    note : str
        A sentence that every figure, table and page repeats, such as that the numbers are stylised.
    source, text : str
        Where the scenario came from, and its TOML text, for messages and for results.

    Raises
    ------
    ScenarioError
        With every problem found (up to 20), when something does not fit.

    Examples
    --------
    >>> import negotiation_sim as ns
    >>> tiny = ns.Scenario(
    ...     "Sanctions threat",
    ...     parameters={"bite": ns.Parameter(2.0, range=(0, 4)), "cost": 1.0},
    ...     actors={
    ...         "T": ns.Actor("Target", options=["comply", "defy"], payoff={"gain": "1.5 * T.defy", "loss": "-bite * hit"}),
    ...         "S": ns.Actor("Sender", options=["sanction", "wait"], payoff={"aim": "3 * T.comply", "cost": "-cost * hit"}),
    ...     },
    ...     definitions={"hit": "T.defy * S.sanction"},
    ...     forms={"threat_first": ns.Form((ns.Stage(("S",)), ns.Stage(("T",))))},
    ...     form="threat_first",
    ... )
    >>> tiny.solve("subgame-perfect").plays()
    [('comply', 'sanction')]
    """

    title: str
    parameters: Mapping[str, Parameter]
    actors: Mapping[str, Actor]
    definitions: Mapping[str, Term] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    available: Mapping[str, Sequence[str]] = field(default_factory=dict)
    form: str = SIMULTANEOUS
    note: str = ""
    source: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", as_parameters(self.parameters))
        for name in ("actors", "definitions", "forms", "outcomes", "constraints", "variants", "available"):
            object.__setattr__(self, name, _own(getattr(self, name)))
        found = problems(self)
        if found:
            raise ScenarioError(found)

    @classmethod
    def unchecked(cls, **fields: Any) -> Scenario:
        """Build without checking; for the file loader, which reports problems with their lines."""
        scenario = object.__new__(cls)
        for f in dataclasses.fields(cls):
            default = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
            object.__setattr__(scenario, f.name, fields.pop(f.name, default))
        if fields:
            raise TypeError(f"unknown fields of a Scenario: {sorted(fields)}")
        return scenario

    def _with(self, **changes: Any) -> Scenario:
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return Scenario.unchecked(**{**fields, **changes})

    # What there is -------------------------------------------------------------------------------------------------------------

    @property
    def players(self) -> tuple[str, ...]:
        """Short names of the actors, in order."""
        return tuple(self.actors)

    @property
    def player_names(self) -> tuple[str, ...]:
        """Full names of the actors, in order."""
        return tuple(actor.name or key for key, actor in self.actors.items())

    @cached_property
    def all_instruments(self) -> tuple[Instrument, ...]:
        """Every instrument with every option that any variant may open, in file order."""
        found = []
        for owner, (key, actor) in enumerate(self.actors.items()):
            named = {key: actor.options} if actor.options is not None else {f"{key}.{k}": v for k, v in (actor.instruments or {}).items()}
            for name, options in named.items():
                labels = dict(options) if isinstance(options, Mapping) else {option: option for option in options}
                found.append(Instrument(name, key, owner, tuple(labels), tuple(label or option for option, label in labels.items())))
        return tuple(found)

    @cached_property
    def instruments(self) -> tuple[Instrument, ...]:
        """The instruments with the options that are open in this case, in file order."""
        found = []
        for instrument in self.all_instruments:
            open_ = tuple(self.available.get(instrument.key, instrument.options))
            labels = dict(zip(instrument.options, instrument.labels, strict=True))
            kept = tuple(option for option in instrument.options if option in open_)
            found.append(dataclasses.replace(instrument, options=kept, labels=tuple(labels[o] for o in kept)))
        return tuple(found)

    @cached_property
    def has_simultaneous_form(self) -> bool:
        """Whether all can decide everything at once: not if constraints tie the choices of different actors together."""
        try:
            self.staged_game(np.empty((len(self.actors), *self.play_shape, 0)), (0,), SIMULTANEOUS)
        except ValueError:
            return False
        return True

    @property
    def play_shape(self) -> tuple[int, ...]:
        """Number of open options of each instrument."""
        return tuple(len(i.options) for i in self.instruments)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch that arrays in the parameters make; ``()`` for a single game."""
        return np.broadcast_shapes(*(np.shape(p.value) for p in self.parameters.values()))

    @property
    def values(self) -> dict[str, Any]:
        """Value of each parameter."""
        return {name: p.value for name, p in self.parameters.items()}

    @cached_property
    def classes(self) -> OutcomeClasses:
        """The outcome of every play, with names and labels."""
        return classify(self)

    @property
    def outcome_names(self) -> tuple[str, ...]:
        """Names of the outcome classes, in order; ``"other"`` last where it occurs."""
        return self.classes.names

    @property
    def outcome_labels(self) -> tuple[str, ...]:
        """Labels of the outcome classes."""
        return self.classes.labels

    def play_classes(self) -> NDArray[np.int16]:
        """Outcome class of every play (-1 where a play is impossible); shape: one axis an instrument."""
        return self.classes.of_play

    @property
    def attrs(self) -> dict[str, object]:
        """What every result says about where its numbers come from."""
        return {
            "title": self.title,
            "note": self.note,
            "model": "scenario",
            "scenario": self.text,
            "parameters": json.dumps({name: np.asarray(value).tolist() for name, value in self.values.items()}),
            "version": __version__,
        }

    # Other cases ---------------------------------------------------------------------------------------------------------------

    def replace(self, **values: ArrayLike) -> Scenario:
        """Return the scenario with other parameter values; arrays broadcast and make a batch of games.

        Raises
        ------
        ValueError
            For an unknown parameter, a value that is no number, or a single number outside the parameter's domain. Points of an
            array outside the domain get the status ``OUT_OF_DOMAIN`` instead.
        """
        changed = self._with(parameters=replaced(self.parameters, values))
        for name in ("all_instruments", "instruments", "classes", "play_payoffs"):  # none depends on the values of parameters
            if name in self.__dict__:
                changed.__dict__[name] = self.__dict__[name]
        return changed

    def variant(self, name: str) -> Scenario:
        """Return the scenario as changed by one of its variants; ``"base"`` is the scenario itself."""
        if name == "base":
            return self
        if name not in self.variants:
            raise ValueError(f"unknown variant {name!r}; {nearest_name(str(name), self.variants)}")
        chosen = self.variants[name]
        changed = self.replace(**chosen.parameters).restrict(chosen.options)
        return changed._with(form=chosen.form) if chosen.form is not None else changed

    def restrict(self, options: Mapping[str, Sequence[str]]) -> Scenario:
        """Return the scenario with other options open: for each instrument named, exactly these.

        Raises
        ------
        ValueError
            For an unknown instrument or option, or a constraint that then leaves an actor without a choice.
        """
        full = {i.key: i.options for i in self.all_instruments}
        for key, chosen in options.items():
            if key not in full:
                own = [i.key for i in self.all_instruments if i.actor == key]
                raise ValueError(
                    f"restrict: {key} has several instruments; name one of {', '.join(own)}"
                    if own
                    else f"restrict: unknown instrument {key!r}; {nearest_name(str(key), full)}"
                )
            if isinstance(chosen, str):
                raise ValueError(f"restrict: {key} needs a list of options; got the text {chosen!r}: write [{chosen!r}]")
            for option in chosen:
                if option not in full[key]:
                    raise ValueError(f"restrict: {key} has no option {option!r}; {nearest_name(option, full[key])}")
            if not chosen:
                raise ValueError(f"restrict: {key} needs at least one option; its options are {', '.join(full[key])}")
        if not options:
            return self
        changed = self._with(available={**self.available, **{k: tuple(v) for k, v in options.items()}})
        if changed.constraints:
            found = problems(changed._with(variants={}))
            if found:
                raise ScenarioError(found)
        return changed

    def opened(self) -> Scenario:
        """Return the scenario with every option of every instrument open and no constraint: all plays that any variant may have."""
        return self._with(available={}, constraints={})

    def with_form(self, name: str) -> Scenario:
        """Return the scenario with another default form."""
        self._check_form(name)
        return self._with(form=name)

    def _check_form(self, name: str) -> None:
        if name != SIMULTANEOUS and name not in self.forms:
            raise ValueError(f"unknown form {name!r}; {nearest_name(name, [SIMULTANEOUS, *self.forms])}")

    # Games ---------------------------------------------------------------------------------------------------------------------

    @cached_property
    def play_payoffs(self) -> PlayPayoffs:
        """The compiled payoff functions."""
        return PlayPayoffs(self)

    def stages_of(self, form: str) -> tuple[tuple[tuple[int, ...], ...], tuple[str, ...]]:
        """Instruments (by index) decided in each stage of a form, and the names of the stages."""
        self._check_form(form)
        keys = [i.key for i in self.instruments]
        if form == SIMULTANEOUS:
            return (tuple(range(len(keys))),), ("all at once",)
        stages = self.forms[form].stages
        decided = tuple(
            tuple(k for name in stage.decides for k, i in enumerate(self.instruments) if name in (i.key, i.actor)) for stage in stages
        )
        return decided, tuple(stage.name or f"stage {n + 1}" for n, stage in enumerate(stages))

    def staged_game(self, tensor: NDArray[np.float64], batch_shape: tuple[int, ...], form: str) -> StagedGame:
        """Wrap a payoff buffer over plays, ``(player, o_0, ..., games)``, as the game of one form."""
        stages, names = self.stages_of(form)
        feasible = self.classes.feasible
        try:
            return StagedGame.from_tensor(
                tensor,
                batch_shape,
                self.players,
                [i.owner for i in self.instruments],
                stages,
                [i.key for i in self.instruments],
                [i.options for i in self.instruments],
                names,
                feasible,
                form,
                self.note,
            )
        except ValueError as error:
            if form != SIMULTANEOUS:
                raise
            raise ValueError(
                f"the simultaneous form does not exist, because constraints tie the choices of different actors together ({error}); "
                f"name a timed form: {', '.join(self.forms) or 'the scenario has none yet'}, with the concept 'subgame-perfect'"
            ) from None

    def game(self, form: str | None = None) -> NormalFormGame | StagedGame:
        """Return the game of a form at the present parameters: a `NormalFormGame` for ``"simultaneous"``, else a `StagedGame`.

        Array parameters make a batch. Points where a parameter is NaN or outside its domain have NaN payoffs.
        """
        name = self.form if form is None else form
        self._check_form(name)
        tensor, _ = self._tensor()
        staged = self.staged_game(tensor, self.batch_shape, name)
        return staged.normal_form()[0] if name == SIMULTANEOUS else staged

    def _tensor(self) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        shape = self.batch_shape
        values = {name: aligned(p.value, len(shape)) for name, p in self.parameters.items()}
        status = point_status(self.parameters, values, shape)
        return self.play_payoffs.tensor(values, shape, status), status

    def terms(self) -> dict[str, dict[str, NDArray[np.float64]]]:
        """Every payoff term of every actor at every play; arrays ``(o_0, ..., o_{I-1}, *batch)``."""
        shape = self.batch_shape
        values = {name: aligned(p.value, len(shape)) for name, p in self.parameters.items()}
        return self.play_payoffs.terms(values, shape)

    def evaluate(self, formula: str) -> NDArray[np.float64]:
        """Evaluate a formula of parameters, definitions, options and payoffs at every play.

        Parameters
        ----------
        formula : str
            In the language of scenario files: ``"x_R"``, ``"payoff.U - h_U"``.

        Returns
        -------
        ndarray, shape (o_0, ..., o_{I-1}, *batch)
            One axis an instrument, then the batch of the parameters. Impossible plays are evaluated too.

        Examples
        --------
        >>> import negotiation_sim as ns
        >>> crisis = ns.load("istanbul-2025")
        >>> float(crisis.evaluate("x_R")[0, 0, 0, 0, 0].round(4))
        0.525
        """
        shape = self.batch_shape
        values = {name: aligned(p.value, len(shape)) for name, p in self.parameters.items()}
        return self.play_payoffs.formula(formula, values, shape)

    def solve(self, solver: Solver | str | None = None, form: str | None = None) -> Any:
        """Find every equilibrium.

        Parameters
        ----------
        solver : Solver or str, optional
            A solver, or the name of a concept: ``"nash"``, ``"pure"``, ``"mixed"``, ``"subgame-perfect"``, ``"logit"``, ``"correlated"``,
            ``"coarse-correlated"``. By default Nash equilibria of the simultaneous form (`AllNash` for two actors, `PureNash` for more),
            or subgame-perfect paths if a timed form is named.
        form : str, optional
            For concepts that need an order of moves: which form (default: the scenario's own).

        Returns
        -------
        Equilibria, Paths, QuantalResponses or CorrelatedEquilibria
            Every equilibrium (or the one that the concept singles out) with its certificate; the batch axes are those of the parameters.
        """
        if form is not None:
            self._check_form(form)
        if solver is None:
            solver = "nash" if form in (None, SIMULTANEOUS) else "subgame-perfect"
        chosen = solver_for(solver, len(self.actors))
        tensor, status = self._tensor()
        if chosen.takes is StagedGame:
            game: NormalFormGame | StagedGame = self.staged_game(tensor, self.batch_shape, self.form if form is None else form)
        else:
            if form not in (None, SIMULTANEOUS):
                raise ValueError(
                    f"{type(chosen).__name__} solves the simultaneous form, not {form!r}: "
                    "leave form out, or use 'subgame-perfect' for a timed form"
                )
            game = self.staged_game(tensor, self.batch_shape, SIMULTANEOUS).normal_form()[0]
        return with_status(chosen(game), status)

    # Sweeps, comparison, explanation -------------------------------------------------------------------------------------------

    def evaluator(self, swept: Mapping[str, tuple[str, ...]], solvers: Sequence[Solver | str] | None, keep: Sequence[str]) -> GameEvaluator:
        """Make ready for a sweep of the parameters named in ``swept`` (see `negotiation_sim.sweep`)."""
        for name in swept:
            if name not in self.parameters:
                raise ValueError(f"sweep: unknown parameter {name!r}; {nearest_name(name, self.parameters)}")
        default = ["nash"] if self.form == SIMULTANEOUS or self.has_simultaneous_form else []
        if self.form != SIMULTANEOUS:
            default.append("subgame-perfect")
        return GameEvaluator(self, solvers if solvers is not None else default, keep)

    def block_tensor(self, block: Block, kept: BlockCache) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
        """Payoffs over plays on one block of a sweep, and the status of each of its points."""
        values = {name: aligned(p.value, len(block.shape)) for name, p in self.parameters.items()} | dict(block.values)
        status = point_status(self.parameters, values, block.shape)
        return self.play_payoffs.tensor(values, block.shape, status, kept.at(block)), status

    def block_cells(self, block: Block, kept: BlockCache) -> list[list[NDArray[np.float64]]] | None:
        """Payoffs of each actor at each play, on no more axes than the actor's depend on; None where `block_tensor` does better."""
        values = {name: aligned(p.value, len(block.shape)) for name, p in self.parameters.items()} | dict(block.values)
        if (point_status(self.parameters, values, block.shape) != Status.OK).any():
            return None
        for actor in self.actors:  # payoffs that vary on every axis gain nothing over `block_tensor`, which writes into memory that it has
            moving = {d for p in self.play_payoffs.parameters_of(f"payoff.{actor}") for d in block.param_dims.get(p, ())}
            if len(moving) == len(block.dims):
                return None
        return self.play_payoffs.cells(values, len(block.shape), kept.at(block))

    def compare(self, variants: str | Sequence[str] | None = None, form: str | None = None, precision: float | None = None) -> Comparison:
        """Compare the base case and the variants: outcomes, payoffs, certificates, and the nearest change of each parameter.

        With a ``precision`` (1 / payoff), also how likely each outcome is when actors err: see `LogitQRE`.
        """
        from negotiation_sim.scenario.comparison import compare_variants

        return compare_variants(self, variants, form, precision)

    def explain(self, play: Sequence[str] | Mapping[str, str], form: str | None = None) -> Explanation:
        """Say, deviation by deviation and term by term, why a play is or is not an equilibrium."""
        from negotiation_sim.scenario.explanation import explain_play

        return explain_play(self, play, form)

    def contrast(self, first: Sequence[str] | Mapping[str, str], second: Sequence[str] | Mapping[str, str]) -> Contrast:
        """Compare the payoffs of two plays, term by term."""
        from negotiation_sim.scenario.explanation import contrast_plays

        return contrast_plays(self, first, second)

    def __repr__(self) -> str:
        sizes = " x ".join(map(str, self.play_shape))
        return f"Scenario({self.title!r}, actors {', '.join(self.actors)}, {sizes} plays, form {self.form!r})"


def _own(given: Any) -> Any:
    """Copy what a caller might change later: mappings and lists, also inside actors and variants; what is neither is for `problems`."""
    if isinstance(given, Mapping):
        return {key: _own(value) for key, value in given.items()}
    if isinstance(given, list):
        return tuple(_own(value) for value in given)
    if isinstance(given, Actor | Variant):
        return dataclasses.replace(given, **{f.name: _own(getattr(given, f.name)) for f in dataclasses.fields(given)})
    return given
