"""The layout of scenario files, `format = 1`: what may stand where, for the loader and for editors.

Only the layout is told here; names, formulas and values are checked by `negotiation_sim.scenario.validation`, for files and Python alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError, WithJsonSchema

from negotiation_sim.scenario.actors import Actor, Constraint, Form, Outcome, Parameter, Stage, Variant
from negotiation_sim.scenario.problem import MOST_PROBLEMS, Problem, close_name, shown

__all__ = ["Document", "json_schema", "read_document"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _table_or(other: str) -> Discriminator:
    return Discriminator(lambda value: "table" if isinstance(value, Mapping) else other)


Name = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"})]
Formula = Annotated[
    str, Field(description="Formula: numbers, names, + - * / // % **, comparisons, and or not, a if c else b, min, max, ...")
]
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]
Options = Annotated[
    Annotated[dict[Name, str], Tag("table")] | Annotated[list[str], Tag("list")],
    _table_or("list"),
    Field(description="Options: name = label, or a list of names"),
]
Open = Annotated[dict[str, list[str]], Field(description='Open options of instruments: R = ["accept"], "US.stance" = ["wait", "act"]')]


class ParameterTable(_Part):
    """A number that may be replaced or swept."""

    value: float = Field(description="Base value")
    range: Pair | None = Field(None, description="Where it plausibly lies: [low, high]")
    domain: Pair | None = Field(None, description="Where the model makes sense: [low, high]; inf and -inf are allowed")
    unit: str = Field("", description="Unit, for readers")
    meaning: str = Field("", description="What it is, for readers")


class ActorTable(_Part):
    """A player: what it decides and what it wants."""

    name: str = Field("", description="Full name")
    options: Options | None = Field(None, description="Options of an actor who decides one thing")
    instruments: dict[Name, Options] | None = Field(None, description="Options of each instrument of an actor who decides several things")
    payoff: dict[Name, Formula] = Field(default_factory=dict, description="Named terms; the payoff is their sum")


class StageTable(_Part):
    """What is decided at once, after all earlier stages are seen."""

    name: str = Field("", description="Name of the stage")
    decides: list[str] = Field(description="Actors (all that they decide) or actor.instrument")


class FormTable(_Part):
    """An order of moves."""

    label: str = Field("", description="Label, for readers")
    stages: list[StageTable] = Field(description="Stages in time order; together they decide every instrument once")


class OutcomeTable(_Part):
    """A class of plays."""

    when: Formula = Field(description="Formula in options only; the first outcome that matches counts")
    label: str = Field("", description="Label, for readers")


class ConstraintTable(_Part):
    """Plays that are impossible."""

    never: Formula = Field(description="Formula in options only, true where a play is impossible")
    meaning: str = Field("", description="Why, for readers")


class VariantTable(_Part):
    """A named change of the base case."""

    parameters: dict[Name, float] = Field(default_factory=dict, description="Other values")
    options: Open = Field(default_factory=dict)
    form: str | None = Field(None, description="Another default form")
    label: str = Field("", description="Label, for readers")
    meaning: str = Field("", description="What it stands for, for readers")


ParameterEntry = Annotated[
    Annotated[float, Tag("number")] | Annotated[ParameterTable, Tag("table")],
    _table_or("number"),
    Field(description="A number, or {value = ..., range = [low, high], domain = [low, high], unit = ..., meaning = ...}"),
]


class Document(_Part):
    """A scenario of negotiation_sim: actors, what they decide, what they want, in which order they move."""

    format: Literal[1] = Field(description="Version of this layout")
    title: str = Field(description="What the scenario is about")
    note: str = Field("", description="A sentence that every figure and table repeats, such as that the numbers are stylised")
    form: str = Field("simultaneous", description="The default form: one of [forms], or simultaneous")
    parameters: dict[Name, ParameterEntry] = Field(default_factory=dict)
    definitions: dict[Name, Formula] = Field(default_factory=dict, description="Named formulas")
    actors: dict[Name, ActorTable] = Field(description="The players, in order")
    available: Open = Field(default_factory=dict, description="Options open in the base case, where not all are")
    forms: dict[Name, FormTable] = Field(default_factory=dict, description="Orders of moves")
    outcomes: dict[Name, OutcomeTable] = Field(default_factory=dict, description="Classes of plays; the first match counts")
    constraints: dict[Name, ConstraintTable] = Field(default_factory=dict, description="Plays that are impossible")
    variants: dict[Name, VariantTable] = Field(default_factory=dict, description="Named changes of the base case")

    def fields(self) -> dict[str, Any]:
        """Return the fields of the `Scenario` that the document describes."""
        return {
            "title": self.title,
            "note": self.note,
            "form": self.form,
            "parameters": {name: _parameter(entry) for name, entry in self.parameters.items()},
            "definitions": dict(self.definitions),
            "actors": {key: _actor(table) for key, table in self.actors.items()},
            "available": {key: tuple(names) for key, names in self.available.items()},
            "forms": {name: _form(table) for name, table in self.forms.items()},
            "outcomes": {name: Outcome(table.when, table.label) for name, table in self.outcomes.items()},
            "constraints": {name: Constraint(table.never, table.meaning) for name, table in self.constraints.items()},
            "variants": {name: _variant(table) for name, table in self.variants.items()},
        }


def _parameter(entry: float | ParameterTable) -> Parameter:
    if not isinstance(entry, ParameterTable):
        return Parameter(entry)
    more = {} if entry.domain is None else {"domain": (entry.domain[0], entry.domain[1])}
    limits = None if entry.range is None else (entry.range[0], entry.range[1])
    return Parameter(entry.value, limits, unit=entry.unit, meaning=entry.meaning, **more)


def _options(options: dict[str, str] | list[str]) -> dict[str, str] | tuple[str, ...]:
    return dict(options) if isinstance(options, dict) else tuple(options)


def _actor(table: ActorTable) -> Actor:
    instruments = None if table.instruments is None else {name: _options(options) for name, options in table.instruments.items()}
    return Actor(table.name, None if table.options is None else _options(table.options), instruments, dict(table.payoff))


def _form(table: FormTable) -> Form:
    return Form(tuple(Stage(tuple(stage.decides), stage.name) for stage in table.stages), table.label)


def _variant(table: VariantTable) -> Variant:
    options = {key: tuple(names) for key, names in table.options.items()}
    return Variant(dict(table.parameters), options, table.form, table.label, table.meaning)


def json_schema() -> str:
    """Return the JSON Schema of scenario files, for editors; kept in ``library/scenario.schema.json``."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Document.model_json_schema()}
    return json.dumps(_trimmed(schema), indent=2, ensure_ascii=False) + "\n"


def _trimmed(node: Any) -> Any:
    """Drop null from a schema, since TOML has none, and titles and defaults that say nothing; allow no other keys beside a pattern."""
    if isinstance(node, list):
        return [_trimmed(part) for part in node]
    if not isinstance(node, dict):
        return node
    silent = {"default": (None, ""), "title": tuple(part for part in (node.get("title"),) if isinstance(part, str))}
    kept = {key: _trimmed(part) for key, part in node.items() if not (key in silent and part in silent[key])}
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    branches = kept.get("anyOf")
    if branches is not None:
        branches = [branch for branch in branches if branch != {"type": "null"}]
        del kept["anyOf"]
        kept = {**branches[0], **kept} if len(branches) == 1 else {"anyOf": branches, **kept}
    return kept


def read_document(data: Mapping[str, Any]) -> Document | list[Problem]:
    """Check the layout of a parsed file; return the document, or what is wrong with it."""
    try:
        return Document.model_validate(data)
    except ValidationError as error:
        several = error.errors(include_url=False)[: 2 * MOST_PROBLEMS]
        found = [_problem(data, details["loc"], details["type"], details) for details in several]
        return list(dict.fromkeys(found))[:MOST_PROBLEMS]


_TABLES: dict[tuple[str, int], type[_Part]] = {
    ("parameters", 2): ParameterTable,
    ("actors", 2): ActorTable,
    ("forms", 2): FormTable,
    ("forms", 4): StageTable,
    ("outcomes", 2): OutcomeTable,
    ("constraints", 2): ConstraintTable,
    ("variants", 2): VariantTable,
}
_EXPECTED = {
    "string_type": "text in quotes",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list [...]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


def _problem(data: Mapping[str, Any], loc: Iterable[int | str], kind: str, details: Mapping[str, Any]) -> Problem:
    where, value = _walk(data, list(loc))
    if kind == "missing":
        return Problem(where[:-1], f"{shown(where[-1])} is missing", f"{where[-1]} = ...")
    if kind == "extra_forbidden":
        names = list(_table(where[:-1]).model_fields)
        return Problem(where, f"unknown key {shown(where[-1])}", f"one of {', '.join(names)}", hint=close_name(where[-1], names) or "")
    if kind in ("too_short", "too_long"):
        return Problem(where, "wrong number of values", "two numbers [low, high]", str(len(value)))
    expected = _EXPECTED.get(kind, str(details.get("msg", "")).lower())
    if kind == "float_type" and where[0] == "parameters" and len(where) == 2:
        expected = "a number or {value = ...}"
    if kind == "list_type" and where[-1] == "options" and where[0] == "actors":
        expected = "a table of options or a list [...]"
    hint = ""
    if kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool):
        hint = f'"{shown(value, plain=True)}"'
    elif kind == "list_type" and isinstance(value, str):
        hint = f'["{shown(value, plain=True)}"]'
    return Problem(where, "wrong kind of value", expected, _kind(value), hint)


def _walk(data: Any, loc: list[int | str]) -> tuple[tuple[str, ...], Any]:
    """Follow an error's location through the file; pydantic's marks for the branches of a union are not in it."""
    where: list[str] = []
    for n, part in enumerate(loc):
        found = part in data if isinstance(data, Mapping) else isinstance(data, list) and isinstance(part, int) and part < len(data)
        if found:
            data = data[part]
        elif n + 1 < len(loc) or not isinstance(data, Mapping) or part in ("table", "list", "number"):
            continue
        where.append(str(part))
    return tuple(where), data


def _table(where: tuple[str, ...]) -> type[_Part]:
    return _TABLES.get((where[0], len(where)), Document) if where else Document


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, int | float):
        return f"the number {shown(value)}"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return "a date or time" if isinstance(value, date | time) else type(value).__name__
