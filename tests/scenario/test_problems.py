"""Scenarios made in Python: everything that can be wrong with them, told all at once."""

from __future__ import annotations

import dataclasses
import math
import pickle
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import negotiation_sim as ns
from negotiation_sim.scenario.actors import Actor, Constraint, Form, Outcome, Parameter, Stage, Variant
from negotiation_sim.scenario.model import Scenario
from negotiation_sim.scenario.problem import MOST_PROBLEMS, Problem, ScenarioError, close_name

SOUND: dict[str, Any] = {
    "title": "Sound",
    "parameters": {"x": Parameter(1.0, (0, 2), (0, 3)), "y": Parameter(2)},
    "definitions": {"D": "A.go", "E": "D * x"},
    "actors": {
        "A": Actor("Actor A", options=["go", "stay"], payoff={"gain": "E - payoff.C"}),
        "B": Actor(instruments={"one": {"yes": "Yes", "no": ""}, "two": ("yes", "no")}, payoff={"gain": "y * B.one.yes"}),
        "C": Actor(options=("up", "down"), payoff={"gain": "C.up"}),
    },
    "forms": {"timed": Form((Stage(("A",)), Stage(("B.one", "C"), "second"), Stage(("B.two",))))},
    "outcomes": {"gone": Outcome("D")},
    "constraints": {},
    "variants": {"v": Variant({"x": 3}, {"B.two": ("no",)}, "timed")},
    "available": {"A": ("go", "stay")},
    "form": "timed",
}


def scenario(**changes: Any) -> Scenario:
    return Scenario.unchecked(**{**SOUND, **changes})


def found(**changes: Any) -> list[str]:
    return [str(problem) for problem in ns.problems(scenario(**changes))]


def test_a_sound_scenario_has_no_problems() -> None:
    assert found() == []
    assert Scenario(**SOUND).form == "timed"
    assert found(parameters={"x": Parameter(np.array(1.0)), "y": Parameter(np.float64(2))}) == []


def test_all_problems_come_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario(
            **{**SOUND, "parameters": {"x": Parameter(math.nan), "y": Parameter(2)}, "form": "tmied", "outcomes": {"gone": Outcome("DD")}}
        )
    assert [problem.where for problem in caught.value.problems] == [("parameters", "x", "value"), ("outcomes", "gone", "when"), ("form",)]
    assert str(caught.value).startswith("3 problems:\n  parameters.x.value: not a finite number")
    assert "did you mean timed?" in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
    assert str(again) == str(caught.value)


def test_only_the_first_problems_are_told() -> None:
    problems = ns.problems(scenario(definitions={f"d{i}": "1 +" for i in range(100)}))
    assert len(problems) == MOST_PROBLEMS
    assert "these are the first" in str(ScenarioError(problems))


def test_a_problem_reads_as_one_line() -> None:
    problem = Problem(("variants", "v", "options", "US.stance", "0"), "bad", "good", "'x\\n'", "y", "f.toml", 3, 4)
    assert str(problem) == "f.toml:3:4: variants.v.options.'US.stance'[0]: bad; expected good, got 'x\\n'; did you mean y?"
    assert str(Problem((), "bad")) == "bad"


A = SOUND["actors"]["A"]
B = SOUND["actors"]["B"]
C = SOUND["actors"]["C"]
KINDS: list[tuple[dict[str, Any], str]] = [
    ({"title": 3}, "title: not a text; expected text in quotes, got 3"),
    ({"title": "x" * 500}, "title: the text is too long; expected at most 400 characters, got 500"),
    ({"note": "bell \a"}, r"note: the text holds a control character; expected printable characters, got '\x07'"),
    ({"parameters": [1]}, "parameters: not a table; expected a mapping of names, got [1]"),
    ({"parameters": {"x": 1}}, "parameters.x: wrong kind of value; expected a Parameter, got 1"),
    ({"parameters": {3: Parameter(1)}}, "parameters[3]: this name is not a text; expected text, got int"),
    ({"parameters": {"x": Parameter("1")}}, "parameters.x.value: not a number; expected a number, got '1'"),
    ({"parameters": {"x": Parameter(True)}}, "parameters.x.value: not a number; expected a number, got True"),
    ({"parameters": {"x": Parameter(None)}}, "parameters.x.value: not a number; expected a number, got None"),
    ({"parameters": {"x": Parameter(1j)}}, "parameters.x.value: not a number; expected a number, got 1j"),
    (
        {"parameters": {"x": Parameter(np.array(["a"]))}},
        "parameters.x.value: not an array of real numbers; expected numbers, got an array of <U1",
    ),
    ({"parameters": {"x": Parameter(1, (0,))}}, "parameters.x.range: the range is not a pair of numbers; expected [low, high], got (0,)"),
    ({"parameters": {"x": Parameter(1, "02")}}, "parameters.x.range: the range is not a pair of numbers; expected [low, high], got '02'"),
    (
        {"parameters": {"x": Parameter(1, None, None)}},
        "parameters.x.domain: the domain is not a pair of numbers; expected [low, high], got None",
    ),
    ({"actors": {"A": {"options": []}}}, "actors.A: wrong kind of value; expected an Actor"),
    (
        {"actors": {"A": Actor(options="go")}},
        "actors.A.options: not a list of names; expected a list of names, got 'go'; did you mean [\"go\"]?",
    ),
    ({"actors": {"A": Actor(options=[1])}}, "actors.A.options[0]: not a name; expected a name in quotes, got 1"),
    ({"actors": {"A": Actor(options={"go": 1})}}, "actors.A.options.go: not a text"),
    (
        {"actors": {"A": Actor(options=["go"], payoff={"x": 1})}},
        "actors.A.payoff.x: not a formula; expected a formula in quotes (or, in Python, a function), got 1; did you",
    ),
    ({"forms": {"timed": Form("A")}}, "forms.timed.stages: the stages are not a list"),
    ({"forms": {"timed": Form((("A",),))}}, "forms.timed.stages[0]: wrong kind of value; expected a Stage, got ('A',)"),
    (
        {"forms": {"timed": Form((Stage("A"),))}},
        "forms.timed.stages[0].decides: not a list of names; expected a list of names, got 'A'; did you mean [\"A\"]?",
    ),
    ({"outcomes": {"gone": Outcome(lambda: 1)}}, "outcomes.gone.when: not a text"),
    ({"variants": {"v": Variant({"x": "1"})}}, "variants.v.parameters.x: not a number; expected a number, got '1'"),
    ({"variants": {"v": Variant(options={"A": "go"})}}, "variants.v.options.A: not a list of names"),
    ({"form": None}, "form: not a text"),
]


@pytest.mark.parametrize(("changes", "message"), KINDS, ids=[message[:40] for _, message in KINDS])
def test_wrong_kinds(changes: dict[str, Any], message: str) -> None:
    got = found(**changes)
    assert len(got) == 1
    assert got[0].startswith(message)


VALUES: list[tuple[dict[str, Any], str]] = [
    (
        {"parameters": {"x": Parameter(1), "y": Parameter(10**400)}},
        "parameters.y.value: not a finite number; expected a finite number, got a",
    ),
    ({"parameters": {"x": Parameter(1, domain=(3, 2)), "y": Parameter(1)}}, "parameters.x.domain: the domain is empty or reversed"),
    (
        {"parameters": {"x": Parameter(1, domain=(math.inf, math.inf)), "y": Parameter(1)}},
        "parameters.x.domain: the domain is empty or reversed",
    ),
    (
        {"parameters": {"x": Parameter(np.zeros(2)), "y": Parameter(np.zeros(3))}},
        "parameters: the arrays do not broadcast against each other",
    ),
    ({"actors": {}}, "actors: the scenario has no actors"),
    ({"actors": {f"A{i}": A for i in range(21)}}, "actors: too many actors; expected at most 20, got 21"),
    (
        {"actors": {"A": Actor(instruments={f"i{k}": ["a"] for k in range(25)})}},
        "actors: too many instruments of all actors together; expected at most 24, got 25",
    ),
    ({"actors": {"A": Actor(options=["a"], payoff={f"t{k}": "1" for k in range(101)})}}, "actors.A.payoff: too many payoff terms"),
    (
        {
            "actors": {"A": Actor(instruments={f"i{k}": list("abcdefgh") for k in range(6)})},
            "forms": {},
            "form": "simultaneous",
            "variants": {},
            "definitions": {},
            "outcomes": {},
            "available": {},
        },
        "actors: too many plays in the base case; expected at most 200000,",
    ),
    ({"actors": {"A": Actor()}}, "actors.A: the actor has nothing to decide"),
    ({"actors": {"A": Actor(instruments={})}}, "actors.A: the actor has nothing to decide"),
    ({"actors": {"A": Actor(instruments={"a b": ["x"]})}}, "actors.A.instruments.'a b': 'a b' cannot be a name; expected a letter,"),
    ({"actors": {"A": Actor(options=["go"], payoff={"a-b": "1"})}}, "actors.A.payoff.a-b: 'a-b' cannot be a name"),
    ({"definitions": {**SOUND["definitions"], "payoff": "1"}}, "definitions.payoff: 'payoff' is reserved for results"),
    ({"definitions": {**SOUND["definitions"], "Phi": "1"}}, "definitions.Phi: 'Phi' is a function of formulas"),
    ({"definitions": {**SOUND["definitions"], "class": "1"}}, "definitions.class: 'class' is a word of the formula language"),
    ({"definitions": {**SOUND["definitions"], "d" * 65: "1"}}, "definitions.dddd"),
    ({"definitions": {**SOUND["definitions"], "d٣": "1"}}, "definitions.'d٣': 'd٣' cannot be a name"),
    ({"definitions": {**SOUND["definitions"], "x": "1"}}, "definitions.x: this definition has the name of a parameter"),
    ({"forms": {**SOUND["forms"], "my form": Form((Stage(("A", "B", "C")),))}}, "forms.'my form': 'my form' cannot be a name"),
    ({"definitions": {**SOUND["definitions"], "F": "R.accept"}}, "definitions.F: unknown name 'R.accept'"),
    ({"definitions": {**SOUND["definitions"], "F": "go"}}, "definitions.F: unknown name 'go'; expected a parameter,"),
    ({"definitions": {**SOUND["definitions"], "F": "B.yes"}}, "definitions.F: unknown name 'B.yes'; expected a parameter,"),
    ({"definitions": {**SOUND["definitions"], "F": "payoff"}}, "definitions.F: unknown name 'payoff'"),
    ({"definitions": {**SOUND["definitions"], "F": "min(x)"}}, "definitions.F: min expected 2 or more arguments; got 1; got 'min(x)'"),
    ({"definitions": {"D": "A.go", "E": "1 + E"}}, "definitions.E: E depends on itself: E -> E"),
    ({"definitions": {"D": "A.go", "E": "payoff.A"}}, "definitions.E: E depends on itself: E -> payoff.A -> E"),
    ({"outcomes": {"gone": Outcome("E")}}, "outcomes.gone.when: uses the parameter x through E"),
    ({"constraints": {"c": Constraint("x > 1")}}, "constraints.c.never: uses the parameter x"),
    ({"forms": {"timed": Form(())}}, "forms.timed.stages: the form has no stages"),
    (
        {"forms": {"timed": Form((Stage(("A", "B", "C", "A")),))}},
        "forms.timed.stages[0].decides[3]: A is decided twice: in 'stage 1' and in 'stage 1'",
    ),
    (
        {"forms": {"timed": Form((Stage(("A", "B.one")),))}},
        "forms.timed.stages: the form never decides B.two, C; expected every instrument once",
    ),
    ({"forms": {"timed": Form((Stage(("A", "B", "C", "D")),))}}, "forms.timed.stages[0].decides[3]: unknown actor or instrument 'D'"),
    ({"available": {"B": ("yes",)}}, 'available.B: B has several instruments; expected the name of one; did you mean "B.one" or "B.two"?'),
    ({"available": {"A": ()}}, "available.A: no option of A is left open"),
    (
        {"available": {"A.go": ("go",)}},
        "available.'A.go': A decides one thing only, which has no name of its own; expected \"A\", got 'A.go'",
    ),
    (
        {"variants": {"v": Variant({"x": 3.5})}},
        "variants.v.parameters.x: the value lies outside the domain; expected a number in [0, 3], got 3.5",
    ),
    ({"variants": {"v": Variant({"E": 3.5})}}, "variants.v.parameters.E: 'E' is a definition, which a variant cannot replace"),
    (
        {"variants": {"v": Variant(form="tmied")}},
        "variants.v.form: unknown form 'tmied'; expected one of simultaneous, timed; did you mean timed?",
    ),
]


@pytest.mark.parametrize(("changes", "message"), VALUES, ids=[message[:50] for _, message in VALUES])
def test_wrong_names_and_values(changes: dict[str, Any], message: str) -> None:
    got = found(**changes)
    assert got, message
    assert got[0].startswith(message)


def test_points_of_an_array_are_no_problem_of_the_scenario() -> None:
    assert found(parameters={"x": Parameter(np.array([0.0, 9.0, math.nan]), (0, 2), (0, 3)), "y": Parameter(2)}) == []


def test_known_names_are_guessed_without_their_case() -> None:
    assert close_name("TAU_us", ["tau_US", "tau_E"]) == "tau_US"
    assert close_name("nothing", ["tau_US", "tau_E"]) is None


# Functions as terms ------------------------------------------------------------------------------------------------------------


def term(function: Callable[..., Any]) -> list[str]:
    return found(actors={**SOUND["actors"], "C": Actor(options=("up", "down"), payoff={"gain": function})})


def test_functions_name_what_they_read() -> None:
    assert term(lambda x, D, B: x * D * B.one.yes) == []
    assert term(lambda *, y: y) == []
    assert term(lambda zz: zz) == [
        "actors.C.payoff.gain: the function has the unknown argument 'zz'; expected names of parameters, definitions, actors, or payoff"
    ]
    assert term(lambda xx: xx)[0].endswith("did you mean x?")
    assert "the function cannot have the argument '*x'" in term(lambda *x: x)[0]
    assert "the function cannot have the argument '**x'" in term(lambda **x: x)[0]
    assert "the function cannot have the argument" in term(lambda x, /: x)[0]
    assert "cannot read the arguments" in term(max)[0]


def test_functions_take_part_in_cycles() -> None:
    # A reads payoff.C, so C cannot read A's payoff, neither by name nor with all payoffs.
    assert "depends on itself: payoff.A -> payoff.C -> payoff.A" in term(lambda payoff: payoff.A)[0]
    without = {**SOUND["actors"], "A": Actor(options=["go", "stay"], payoff={"gain": "x"})}
    assert found(actors={**without, "C": Actor(options=("up", "down"), payoff={"gain": lambda payoff: payoff.A})}) == []


def test_functions_of_options_may_sort_plays() -> None:
    assert found(definitions={"D": lambda A: A.go, "E": "x"}) == []
    assert "uses the parameter x through D" in found(definitions={"D": lambda x: x, "E": "x"})[0]


# Constraints -------------------------------------------------------------------------------------------------------------------


def rule(*never: str, **changes: Any) -> list[str]:
    return found(constraints={f"c{n}": Constraint(text) for n, text in enumerate(never)}, **changes)


def test_constraints_on_one_actor_and_across_stages_are_sound() -> None:
    assert rule("A.go and B.two.yes", variants={}) == []
    assert rule("B.one.yes and A.go", "C.up and A.stay") == []
    assert rule("D and B.two.yes", variants={}) == []
    assert rule("False") == []


@pytest.mark.parametrize(
    ("never", "message"),
    [
        (("A.go or A.stay",), "leaves A no choice in 'stage 1' in the form timed"),
        (("True",), "leaves A no choice in 'stage 1'"),
        (("A.go and C.up", "A.go and C.down"), "constraints.c1.never: leaves C no choice in 'second' after A = go in the form timed"),
        (("A.go and B.two.no",), "leaves B no choice in 'stage 3' after A = go in the variant v of the form timed"),
        (("B.one.yes and C.up",), "ties together what B and C choose at once in 'second' in the form timed"),
        (("B.one.yes == C.up",), "ties together what B and C choose at once in 'second'"),
        (("A.go and B.one.yes and C.up",), "ties together what B and C choose at once in 'second'"),
    ],
)
def test_unsound_constraints(never: tuple[str, ...], message: str) -> None:
    got = rule(*never)
    assert len(got) == 1
    assert message in got[0]


def test_a_history_that_is_itself_forbidden_does_not_count() -> None:
    assert rule("A.go", "A.go and (C.up or C.down)") == []


def test_what_two_actors_may_do_can_depend_on_what_they_saw() -> None:
    assert rule("A.go and B.one.yes or A.go and C.up", variants={}) == []  # a product after each history
    assert rule("B.one.yes and C.up and B.two.yes", variants={}) == []  # acts on B.two, when both have been seen


def test_the_simultaneous_form_is_checked_only_where_it_is_asked_for() -> None:
    assert rule("A.go and B.two.yes", variants={}) == []
    assert "the form simultaneous" in rule("A.go and B.two.yes", form="simultaneous", variants={})[0]
    assert "in the variant w of the form simultaneous" in rule("A.go and B.two.yes", variants={"w": Variant(form="simultaneous")})[0]
    assert rule("B.one.yes and B.two.yes", form="simultaneous") == []


def brute(never: str, stages: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a constraint is sound, straight from its meaning, for four instruments of two options; True if it is."""
    names = ["A", "B.one", "B.two", "C"]
    owner = {"A": "A", "B.one": "B", "B.two": "B", "C": "C"}
    options = {"A": ("go", "stay"), "B.one": ("yes", "no"), "B.two": ("yes", "no"), "C": ("up", "down")}
    used = [n for n in names if f"{n}." in never]
    last = max(s for s, stage in enumerate(stages) for n in stage if n in used)

    def forbidden(play: dict[str, str]) -> bool:
        values = {f"{n}.{o}": play[n] == o for n in used for o in options[n]}
        return bool(ns.scenario.formula.Formula.parse(never).evaluate(lambda name: np.asarray(values[name])))

    def histories(upto: int, play: dict[str, str]) -> bool:
        if upto == last:
            movers = stages[upto]
            legal = set()
            for code in range(2 ** len(movers)):
                choice = {n: options[n][code >> k & 1] for k, n in enumerate(movers)}
                if not forbidden({**dict.fromkeys(used, ""), **play, **choice}):
                    legal.add(tuple(choice[n] for n in movers))
            owners = sorted({owner[n] for n in movers})
            sets = [{tuple(c[k] for k, n in enumerate(movers) if owner[n] == o) for c in legal} for o in owners]
            return bool(legal) and len(legal) == math.prod(len(s) for s in sets)
        movers = stages[upto]
        return all(
            histories(upto + 1, {**play, **{n: options[n][code >> k & 1] for k, n in enumerate(movers)}})
            for code in range(2 ** len(movers))
        )

    return histories(0, {})


@pytest.mark.parametrize("seed", range(60))
def test_constraints_against_their_meaning(seed: int) -> None:
    rng = np.random.default_rng(seed)
    atoms = ["A.go", "B.one.yes", "B.two.yes", "C.up"]
    picked = rng.permutation(4)[: rng.integers(1, 4)]
    never = f" {rng.choice(['and', 'or', '!='])} ".join(f"({'not ' if rng.random() < 0.5 else ''}{atoms[k]})" for k in picked)
    order = list(rng.permutation(["A", "B.one", "B.two", "C"]))
    cuts = sorted(rng.choice([1, 2, 3], size=rng.integers(0, 3), replace=False))
    stages = tuple(tuple(map(str, part)) for part in np.split(np.array(order), cuts))
    got = rule(never, forms={"timed": Form(tuple(Stage(stage) for stage in stages))}, variants={})
    assert (got == []) == brute(never, stages), (never, stages, got)


def test_large_scenarios_are_checked_fast() -> None:
    options = list("abcdefg")
    actors = {f"A{i}": Actor(options=options, payoff={"t": f"A{i}.a"}) for i in range(6)}
    stages = Form(tuple(Stage((key,)) for key in actors))
    several = {f"v{n}": Variant(options={"A0": tuple(options[: 1 + n % 7]), "A1": tuple(options[n % 7 :])}) for n in range(100)}
    never = {f"c{n}": Constraint(f"A{n}.a and A{n + 1}.b") for n in range(5)} | {
        "all": Constraint(" and ".join(f"A{i}.c" for i in range(6)))
    }
    start = time.process_time()
    got = ns.problems(
        Scenario.unchecked(title="", parameters={}, actors=actors, forms={"f": stages}, form="f", constraints=never, variants=several)
    )
    assert time.process_time() - start < (2 if sys.gettrace() is None else 10)
    assert all("no choice" in str(problem) or "too many plays, forms and variants" in str(problem) for problem in got)


def test_too_much_work_is_refused_not_done() -> None:
    options = list("abcdefg")
    actors = {f"A{i}": Actor(options=options, payoff={"t": f"A{i}.a"}) for i in range(6)}
    stages = Form(tuple(Stage((key,)) for key in actors))
    wide = " and ".join(f"A{i}.a" for i in range(6))
    never = {f"c{n}": Constraint(f"{wide} and {n} > 0 and max({', '.join(str(k) for k in range(90))}) > 0") for n in range(1, 100)}
    start = time.process_time()
    got = ns.problems(Scenario.unchecked(title="", parameters={}, actors=actors, forms={"f": stages}, form="f", constraints=never))
    assert time.process_time() - start < (2 if sys.gettrace() is None else 10)
    assert "too many plays, forms and variants" in str(got[0])


# Nothing is taken for granted --------------------------------------------------------------------------------------------------

JUNK = [
    None,
    3,
    -1.5,
    math.nan,
    True,
    "x",
    "",
    "x +",
    b"x",
    [],
    ["x"],
    [1, "a"],
    [None],
    {},
    {"a": 1},
    {"x": "y"},
    {3: 4},
    object(),
    (),
    int,
    lambda q: q,
]
JUNK += [A, Parameter(1), Stage(("A",)), Form(()), np.zeros(3), np.array("x"), {"A": A}, {"x": Parameter(1)}, 10**5000]


def spoiled(value: Any, rng: random.Random) -> Any:
    """Replace one part of a scenario, however deep, by something else."""
    if rng.random() < 0.3:
        return rng.choice(JUNK)
    if isinstance(value, dict) and value:
        key = rng.choice(list(value))
        new = rng.choice([key, key, key, rng.choice(["x", "A", "", "a b", "payoff", 3, None])])
        return {(new if k == key else k): (spoiled(v, rng) if k == key else v) for k, v in value.items()}
    if isinstance(value, tuple) and value:
        n = rng.randrange(len(value))
        return (*value[:n], spoiled(value[n], rng), *value[n + 1 :])
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        field = rng.choice(dataclasses.fields(value)).name
        return dataclasses.replace(value, **{field: spoiled(getattr(value, field), rng)})
    return rng.choice(JUNK)


@given(st.integers(0, 2**32))
@settings(max_examples=200)
def test_any_spoiled_scenario_is_told_without_an_exception(seed: int) -> None:
    rng = random.Random(seed)
    fields = {**SOUND, "constraints": {"c": Constraint("A.go and C.up")}}
    for _ in range(rng.choice([1, 1, 2])):
        field = rng.choice(list(fields))
        fields[field] = spoiled(fields[field], rng)
    problems = ns.problems(Scenario.unchecked(**fields))
    assert all(isinstance(str(problem), str) and len(str(problem)) < 700 for problem in problems)
    if not problems:
        scenario = Scenario.unchecked(**fields)
        scenario.play_classes()
        scenario.game()
