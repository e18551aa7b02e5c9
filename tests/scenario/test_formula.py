"""Formulas: what they compute, on which axes, and what they refuse."""

from __future__ import annotations

import math
import pickle
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation_sim.scenario.formula import Formula, FormulaError, FormulaLimits
from negotiation_sim.scenario.formula_functions import CALLS, FUNCTIONS

Point = dict[str, float]


def value(text: str, **names: object) -> np.ndarray:
    return Formula.parse(text).evaluate({name: np.asarray(array) for name, array in names.items()}.__getitem__)


# What they compute -------------------------------------------------------------------------------------------------------------

NAMES = ("x", "y", "A.go")


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> tuple[str, Callable[[Point], float]]:
    """Draw a formula together with a Python function of a point that says what it means."""
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        if draw(st.booleans()):
            name = draw(st.sampled_from(NAMES))
            return name, lambda at: at[name]
        number = draw(st.sampled_from([0.0, 1.0, 0.5, 3.0, 12.25]))
        return f"{number:g}", lambda at: number
    kind = draw(st.sampled_from(["+", "-", "*", "neg", "not", "and", "or", "if", "min", "max", "clip", "abs", "<", "==", "chain"]))
    parts = [draw(expressions(depth=depth - 1)) for _ in range(3)]
    (a, f), (b, g), (c, h) = parts
    match kind:
        case "+":
            return f"({a} + {b})", lambda at: f(at) + g(at)
        case "-":
            return f"({a} - {b})", lambda at: f(at) - g(at)
        case "*":
            return f"({a} * {b})", lambda at: f(at) * g(at)
        case "neg":
            return f"(-{a})", lambda at: -f(at)
        case "not":
            return f"(not {a})", lambda at: float(not f(at))
        case "and":
            return f"({a} and {b} and {c})", lambda at: float(bool(f(at)) and bool(g(at)) and bool(h(at)))
        case "or":
            return f"({a} or {b} or {c})", lambda at: float(bool(f(at)) or bool(g(at)) or bool(h(at)))
        case "if":
            return f"({a} if {b} else {c})", lambda at: f(at) if g(at) else h(at)
        case "min":
            return f"min({a}, {b}, {c})", lambda at: min(f(at), g(at), h(at))
        case "max":
            return f"max({a}, {b}, {c})", lambda at: max(f(at), g(at), h(at))
        case "clip":
            return f"clip({a}, {b}, {c})", lambda at: min(max(f(at), g(at)), h(at))
        case "abs":
            return f"abs({a})", lambda at: abs(f(at))
        case "<":
            return f"({a} < {b})", lambda at: float(f(at) < g(at))
        case "==":
            return f"({a} == {b})", lambda at: float(f(at) == g(at))
        case _:
            return f"({a} <= {b} != {c})", lambda at: float(f(at) <= g(at) != h(at))


@given(expressions())
def test_formulas_mean_what_python_means(drawn: tuple[str, Callable[[Point], float]]) -> None:
    text, meaning = drawn
    points = [{"x": x, "y": y, "A.go": go} for x in (-1.5, 0.0, 2.0) for y in (-3.0, 1.0) for go in (False, True)]
    try:
        formula = Formula.parse(text, FormulaLimits(length=10**6, brackets=100, nodes=10**5))
    except FormulaError:  # ((...)) nested beyond what a formula may be
        assert text.count("(") > 40
        return
    arrays = {name: np.array([point[name] for point in points]) for name in NAMES}
    got = formula.evaluate(arrays.__getitem__)
    expected = [meaning({name: float(v) for name, v in point.items()}) for point in points]
    np.testing.assert_array_equal(np.broadcast_to(got, len(points)).astype(float), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4", 14),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("1 / 4", 0.25),
        ("1e-3 + .5 + 2.", 2.501),
        ("sqrt(16) + exp(0) + log(1) + floor(1.7) + ceil(1.2) + sign(-3) + tanh(0)", 7),
        ("Phi(0)", 0.5),
        ("True + True", 2),
        ("not 0", 1),
        ("1 < 2 < 3", 1),
        ("1 < 3 < 2", 0),
        ("0 if 0 else 1 if 0 else 5", 5),
        ("2 and 3", 1),
        ("0.0 or 0", 0),
        ("9 ** 9 ** 9 ** 9", math.inf),
        ("1 / 0", math.inf),
        ("abs(-3) if 2 > 1 else log(-1)", 3),
        ("  ( 1\n+\t2 )  ", 3),
        ("4 ** 0.5 + 4 ** -1 + 4 ** 2", 18.25),
    ],
)
def test_values(text: str, expected: float) -> None:
    assert float(value(text)) == pytest.approx(expected)


def test_truth_values_count_as_numbers_in_arithmetic() -> None:
    yes, no = np.array([True, True, False]), np.array([True, False, False])
    np.testing.assert_array_equal(value("yes - no", yes=yes, no=no), [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(value("yes + no", yes=yes, no=no), [2.0, 1.0, 0.0])
    np.testing.assert_array_equal(value("-yes", yes=yes), [-1.0, -1.0, 0.0])
    np.testing.assert_array_equal(value("max(yes, no) * 2", yes=yes, no=no), [2.0, 2.0, 0.0])
    assert value("yes and no", yes=yes, no=no).dtype == bool
    assert value("yes if no else no", yes=yes, no=no).dtype == np.float64
    assert value("(yes > no) if no else not no", yes=yes, no=no).dtype == bool
    assert value("yes + 0", yes=np.array([1, 2], dtype=np.int8)).dtype == np.float64


def test_a_result_has_only_the_axes_of_its_names() -> None:
    x, y = np.ones((3, 1, 1)), np.ones((1, 1, 4))
    assert value("x", x=x).shape == (3, 1, 1)
    assert value("2 * x if x > 0 else 0", x=x).shape == (3, 1, 1)
    assert value("min(x, y, 7)", x=x, y=y).shape == (3, 1, 4)
    assert value("1 + 1").shape == ()
    assert value("1 if True else 0").shape == ()


def test_no_warnings_from_a_dead_branch() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = value("log(x) if x > 0 else 1 / x", x=np.array([-2.0, 0.0, 1.0]))
    np.testing.assert_array_equal(got, [-0.5, math.inf, 0.0])


def test_nan_stays_in_its_place() -> None:
    x = np.array([1.0, math.nan, 3.0])
    np.testing.assert_array_equal(value("max(x, 2)", x=x), [2.0, math.nan, 3.0])
    np.testing.assert_array_equal(value("clip(x, 0, 2)", x=x), [1.0, math.nan, 2.0])


def test_each_name_is_looked_up_once_and_in_order() -> None:
    asked: list[str] = []

    def lookup(name: str) -> np.ndarray:
        asked.append(name)
        return np.ones(2)

    formula = Formula.parse("b < a + R.talk < b if payoff.U else US.stance.press * a")
    formula.evaluate(lookup)
    assert tuple(asked) == formula.names == ("b", "a", "R.talk", "payoff.U", "US.stance.press")


@pytest.mark.parametrize(
    "text",
    [
        "x ** y",
        "z ** y",
        "x ** 2",
        "z ** 0.5",
        "z ** 2.5",
        "2 ** x",
        "exp(x)",
        "log(z)",
        "tanh(x)",
        "Phi(x)",
        "x // z",
        "x % z",
        "sqrt(z) / x",
    ],
)
def test_a_point_gives_the_same_bits_in_any_batch(text: str) -> None:
    rng = np.random.default_rng(5)
    n = 1001
    names = {"x": rng.normal(size=n) * 3, "y": rng.choice([2.0, 0.5, -1, 0, 1, 3, 2.7], size=n), "z": np.abs(rng.normal(size=n)) * 5}
    formula = Formula.parse(text)

    def run(view: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        return formula.evaluate({name: view(array) for name, array in names.items()}.__getitem__)

    whole = run(lambda a: a)
    others = {
        "alone": np.array([run(lambda a, i=i: a[i]) for i in range(n)]),
        "sevens": np.concatenate([run(lambda a, i=i: a[i : i + 7]) for i in range(0, n, 7)]),
        "strided": run(lambda a: np.repeat(a, 3)[::3]),
        "reversed": run(lambda a: a[::-1])[::-1],
        "broadcast": run(lambda a: np.broadcast_to(a[:, None], (n, 3)))[:, 1],
    }
    for how, other in others.items():
        assert whole.tobytes() == np.ascontiguousarray(other).tobytes(), how


def test_formulas_are_values() -> None:
    formula = Formula.parse("x + 1")
    assert formula == Formula.parse("x + 1") != Formula.parse("1 + x")
    again = pickle.loads(pickle.dumps(formula))
    assert again == formula
    assert float(again.evaluate(lambda name: np.float64(2))) == 3
    error = pickle.loads(pickle.dumps(FormulaError("no", 3, "yes")))
    assert (error.message, error.column, error.hint) == ("no", 3, "yes")


def test_the_message_names_every_function() -> None:
    assert all(name in CALLS for name in FUNCTIONS)


# What they refuse --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fragment", "column"),
    [
        ("", "the formula is empty", 1),
        ("  ", "the formula is empty", 1),
        ("x y", "cannot read the formula at 'y'", 3),
        ("x +", "ends after '+'", 3),
        ("x.", "ends after '.'", 2),
        ("a if b", "a choice needs both sides", 1),
        ("a if b else", "ends after 'else'", 8),
        ("(x", "never closed", 1),
        ("x)", "closes nothing", 2),
        ("x = 1", "write == to compare", 3),
        ("x ^ 2", "write ** for powers", 3),
        ("x && y", "write and", 3),
        ("x || y", "write or", 3),
        ("!x", "write not", 1),
        ("x[0]", "no subscripts", 2),
        ("{x}", "no sets", 1),
        ("'x'", "no texts", 1),
        ('f"{x}"', "no texts", 2),
        ("x; y", "one formula at a time", 2),
        ("x # y", "comments", 3),
        ("x \\\n + y", "next line", 3),
        ("x\0", "remove the NUL", 2),
        ("x\f+ y", "character 12 is not part", 2),
        ("x := 1", "assign nothing", 3),
        ("lambda x", "the word 'lambda' is not part", 1),
        ("x in y", "the word 'in' is not part", 3),
        ("x is y", "the word 'is' is not part", 3),
        ("None", "the word 'None' is not part", 1),
        ("await x", "the word 'await' is not part", 1),
        ("max(a for a in x)", "the word 'for' is not part", 7),
        ("__import__", "two underscores", 1),
        ("x.__class__", "two underscores", 3),
        ("().real", "a dot may only join names", 1),
        ("(x).real", "", 1),
        ("abs(x).real", "a dot may only join names", 1),
        ("a.b.c.d", "too many dots", 1),
        ("(x, y)", "a list of values", 1),
        ("x,", "a list of values", 1),
        ("min(*x)", "plain arguments only", 1),
        ("min(x)", "min expected 2 or more arguments; got 1", 1),
        ("abs(x, y)", "abs expected 1 argument; got 2", 1),
        ("clip(x, 1)", "clip expected 3 arguments; got 2", 1),
        ("1 + mix(x, y)", "'mix' is not a function", 5),
        ("R.accept(1)", "only functions can be called", 1),
        ("abs", "'abs' is a function; expected abs(...)", 1),
        ("0x10", "'0x10' is not a number", 1),
        ("1_000", "'1_000' is not a number", 1),
        ("3j", "'3j' is not a number", 1),
        ("1if x else y", "'1if' is not a number", 1),
        ("1..2", "'1..2' is not a number", 1),
        ("007", "begins with 0", 1),
        ("1e999", "too large", 1),
        ("x + \u0443", "ASCII", 5),
        ("\uff58", "ASCII", 1),
        ("\u0661", "ASCII", 1),
        ("x \u2212 y", "ASCII", 3),
        ("x" * 2001, "at most 2000 characters, got 2001", 1),
        ("+".join(["1"] * 601), "at most 600 parts", 1),
        ("(" * 41 + "x" + ")" * 41, "at most 40 levels", 41),
        ("-" * 61 + "x", "at most 60 levels", 61),
        ("not " * 400 + "x", "at most 60 levels", 241),
    ],
)
def test_refusals(text: str, fragment: str, column: int) -> None:
    if text == "(x).real":  # brackets around a name change nothing
        assert Formula.parse(text).names == ("x.real",)
        return
    start = time.process_time()
    with pytest.raises(FormulaError) as caught:
        Formula.parse(text)
    assert fragment in caught.value.message
    assert caught.value.column == column
    assert len(str(caught.value)) < 400
    assert time.process_time() - start < (1 if sys.gettrace() is None else 5)


@pytest.mark.parametrize(
    ("text", "hint"), [("mix(x, y)", "min"), ("pow(x, 2)", "a ** b"), ("ln(x)", "log"), ("where(x, 1, 2)", "a if condition else b")]
)
def test_hints(text: str, hint: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Formula.parse(text)
    assert caught.value.hint == hint
    assert f"did you mean {hint}?" in str(caught.value)


def test_only_text_is_a_formula() -> None:
    with pytest.raises(FormulaError, match="expected a formula in quotes; got list"):
        Formula.parse(["x"])  # type: ignore[arg-type]


def test_long_sums_are_not_deep() -> None:
    assert float(value(" + ".join(["1"] * 250))) == 250


PIECES = (
    *("x", "R.a", "1", "2.5", " ", "+", "-", "*", "/", "%", "(", ")", "<", "=", "!", ".", ",", "min("),
    *("if", "else", "not", "and", "__", "\n", "[", "'", "\0", "é", "lambda"),
)


def read_or_refuse(text: str) -> Formula | None:
    try:
        return Formula.parse(text)
    except FormulaError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1
    return None


@given(st.lists(st.sampled_from(PIECES), max_size=15).map("".join))
def test_any_text_is_a_formula_or_an_error(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        formula = read_or_refuse(text)
        if formula is not None:
            assert formula.evaluate(lambda name: np.array([1.0, -2.0])).dtype in (np.float64, np.bool_)


@given(st.text(max_size=60))
def test_any_unicode_is_a_formula_or_an_error(text: str) -> None:
    read_or_refuse(text)
