"""Formulas of scenario files: a small language of numbers, names and fixed functions, compiled to numpy.

A stranger's text is never run. Its characters and words are checked first, then Python's parser turns it into a syntax tree
(`ast.parse` builds a tree, nothing more), then each node of a short list becomes a closure over numpy. What is not on the list is refused.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negotiation_sim.scenario.formula_functions import CALLS, ELSEWHERE, FUNCTIONS, power
from negotiation_sim.scenario.formula_text import FormulaError, FormulaLimits, check_text, short, syntax_error

__all__ = ["Formula", "FormulaError", "FormulaLimits"]

Array = NDArray[Any]
Run = Callable[[Sequence[Array]], Any]


@dataclass(frozen=True)
class Formula:
    """A formula, read and checked; make one with `Formula.parse`.

    Attributes
    ----------
    text : str
        The formula as written.
    names : tuple of str
        The names that it uses, dotted ones whole, in order of first use.

    Examples
    --------
    >>> formula = Formula.parse("2 * x if R.accept else -1")
    >>> formula.names
    ('x', 'R.accept')
    >>> formula.evaluate({"x": np.array([1.0, 2.0]), "R.accept": np.array([True, False])}.__getitem__)
    array([ 2., -1.])
    """

    text: str
    names: tuple[str, ...] = field(compare=False)
    limits: FormulaLimits = field(repr=False)
    _run: Run = field(repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, limits: FormulaLimits | None = None) -> Formula:
        """Read a formula.

        Numbers, ``True``, ``False``; names such as ``p``, ``R.accept`` or ``payoff.U``; ``+ - * / // % **``; comparisons, also chained;
        ``and or not``; ``a if c else b``; and the calls in `FUNCTIONS`.

        Raises
        ------
        FormulaError
            If the text is not a formula of this language, or is larger than the limits allow.
        """
        if not isinstance(text, str):
            raise FormulaError(f"expected a formula in quotes; got {type(text).__name__}")
        return _parse(text, FormulaLimits() if limits is None else limits)

    def evaluate(self, lookup: Callable[[str], Array]) -> Array:
        """Compute the formula, elementwise.

        Parameters
        ----------
        lookup : callable
            Gives the array of a name; the arrays must broadcast. Called once for each of `names`.

        Returns
        -------
        ndarray of float64 or bool
            Comparisons and ``and or not`` give truth values, everything else numbers (truth values count as 0 and 1 there). Has only the
            axes that the names have; a formula of one name gives the very array of the lookup. Never warns: ``1 / 0`` is infinite.
        """
        values = [_plain(lookup(name)) for name in self.names]
        with np.errstate(all="ignore"):
            return np.asarray(self._run(values))

    def __reduce__(self) -> tuple[Any, ...]:
        # Closures cannot be sent to a worker process; the text can.
        return Formula.parse, (self.text, self.limits)


@lru_cache(maxsize=4096)
def _parse(text: str, limits: FormulaLimits) -> Formula:
    # Kept, because the same formula is read when a scenario is checked, when it is compiled, and again for each of its variants.
    plain = check_text(text, limits)
    bare = plain.lstrip()  # the parser takes blanks at the start for an indented block
    try:
        tree = ast.parse(bare, mode="eval").body
    except SyntaxError as error:
        raise syntax_error(plain, (error.offset or 1) + len(plain) - len(bare), str(error.msg)) from None
    except (RecursionError, MemoryError):
        raise FormulaError("the formula is nested too deeply; expected a flatter one: move parts to [definitions]") from None
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.col_offset += len(plain) - len(bare)
            count += 1
    if count > limits.nodes:
        raise FormulaError(f"the formula is too long; expected at most {limits.nodes} parts, got {count}: move parts to [definitions]")
    compiler = _Compiler(limits)
    run, _ = compiler.node(tree, 1)
    return Formula(text, tuple(compiler.names), limits, run)


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.remainder,
    ast.Pow: power,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}


class _Compiler:
    """Turns nodes into closures; says of each whether its values are certainly numbers, truth values, or either (a name)."""

    def __init__(self, limits: FormulaLimits) -> None:
        self.limits = limits
        self.names: dict[str, int] = {}

    def node(self, node: ast.expr, depth: int) -> tuple[Run, str]:
        if depth > self.limits.depth:
            raise FormulaError(
                f"the formula is nested too deeply; expected at most {self.limits.depth} levels: use [definitions]", node.col_offset + 1
            )
        match node:
            case ast.Constant(value=bool(value)):
                return _constant(np.bool_(value)), "truth"
            case ast.Constant(value=int() | float() as value):
                return _constant(np.float64(value)), "number"
            case ast.Name() | ast.Attribute():
                return self.name(node), "either"
            case ast.BinOp():
                return self.arithmetic(node, depth), "number"
            case ast.UnaryOp(op=ast.Not()):
                inner = self.truth(node.operand, depth + 1)
                return lambda values: np.logical_not(inner(values)), "truth"
            case ast.UnaryOp(op=ast.USub()):
                inner = self.number(node.operand, depth + 1)
                return lambda values: np.negative(inner(values)), "number"
            case ast.UnaryOp(op=ast.UAdd()):
                return self.number(node.operand, depth + 1), "number"
            case ast.BoolOp():
                combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
                parts = [self.truth(part, depth + 1) for part in node.values]
                return lambda values: reduce(combine, [part(values) for part in parts]), "truth"
            case ast.Compare():
                return self.comparison(node, depth), "truth"
            case ast.IfExp():
                return self.choice(node, depth)
            case ast.Call():
                return self.call(node, depth), "number"
        raise FormulaError(f"{_describe(node)} not part of formulas; expected numbers, names, operators and calls", node.col_offset + 1)

    def number(self, node: ast.expr, depth: int) -> Run:
        run, kind = self.node(node, depth)
        return run if kind == "number" else lambda values: _as_number(run(values))

    def truth(self, node: ast.expr, depth: int) -> Run:
        run, kind = self.node(node, depth)
        return run if kind == "truth" else lambda values: _as_truth(run(values))

    def name(self, node: ast.Name | ast.Attribute) -> Run:
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if not isinstance(inner, ast.Name):
            raise FormulaError("a dot may only join names, as in R.accept; here it follows something else", node.col_offset + 1)
        name = ".".join([inner.id, *reversed(parts)])
        if len(parts) > 2:
            raise FormulaError(f"{short(name)!r} has too many dots; expected at most actor.instrument.option", node.col_offset + 1)
        if name in FUNCTIONS:
            raise FormulaError(f"{name!r} is a function; expected {name}(...)", node.col_offset + 1)
        place = self.names.setdefault(name, len(self.names))
        return lambda values: values[place]

    def arithmetic(self, node: ast.BinOp, depth: int) -> Run:
        # a + b + c + ... leans left: walked as one list, so that a long sum is not a deep formula.
        steps: list[tuple[Callable[[Any, Any], Any], Run]] = []
        pending: list[tuple[type[ast.operator], ast.expr]] = []
        inner: ast.expr = node
        while isinstance(inner, ast.BinOp):
            if type(inner.op) not in _ARITHMETIC:
                raise FormulaError("this operator is not part of formulas; expected + - * / // % **", inner.col_offset + 1)
            pending.append((type(inner.op), inner.right))
            inner = inner.left
        first = self.number(inner, depth + 1)
        for kind, right in reversed(pending):
            operand = self.number(right, depth + 1)
            steps.append((_ARITHMETIC[kind], operand))
        if len(steps) == 1:
            operate, second = steps[0]
            return lambda values: operate(first(values), second(values))

        def run(values: Sequence[Array]) -> Any:
            out = first(values)
            for step, operand in steps:
                out = step(out, operand(values))
            return out

        return run

    def comparison(self, node: ast.Compare, depth: int) -> Run:
        parts = [self.number(part, depth + 1) for part in (node.left, *node.comparators)]
        signs = []
        for sign in node.ops:
            if type(sign) not in _COMPARISONS:
                raise FormulaError("this comparison is not part of formulas; expected < <= > >= == !=", node.col_offset + 1)
            signs.append(_COMPARISONS[type(sign)])

        def run(values: Sequence[Array]) -> Any:
            sides = [part(values) for part in parts]  # each side once, also the middle of a < b < c
            return reduce(np.logical_and, [sign(a, b) for sign, a, b in zip(signs, sides, sides[1:], strict=False)])

        return run

    def choice(self, node: ast.IfExp, depth: int) -> tuple[Run, str]:
        # Compiled in reading order, so that `names` are in order of first use.
        yes, yes_kind = self.node(node.body, depth + 1)
        test = self.truth(node.test, depth + 1)
        no, no_kind = self.node(node.orelse, depth + 1)
        if yes_kind == no_kind == "truth":
            return lambda values: np.where(test(values), yes(values), no(values)), "truth"

        def run(values: Sequence[Array]) -> Any:
            return np.where(test(values), _as_number(yes(values)), _as_number(no(values)))

        return run, "number"

    def call(self, node: ast.Call, depth: int) -> Run:
        column = node.col_offset + 1
        if not isinstance(node.func, ast.Name):
            raise FormulaError(f"only functions can be called; expected one of {CALLS}", column)
        name = node.func.id
        if name not in FUNCTIONS:
            close = difflib.get_close_matches(name[:64], FUNCTIONS, n=1, cutoff=0.5)
            instead = ELSEWHERE.get(name.lower()) or (close[0] if close else "")
            raise FormulaError(f"{short(name)!r} is not a function of formulas; expected one of {CALLS}", column, instead)
        fewest, most, compute = FUNCTIONS[name]
        if node.keywords or any(isinstance(part, ast.Starred) for part in node.args):
            raise FormulaError(f"{name} takes plain arguments only, without names and stars", column)
        if not fewest <= len(node.args) <= most:
            wanted = f"{fewest} or more" if most > fewest else str(fewest)
            raise FormulaError(f"{name} expected {wanted} argument{'s' if wanted != '1' else ''}; got {len(node.args)}", column)
        parts = [self.number(part, depth + 1) for part in node.args]
        return lambda values: compute(*[part(values) for part in parts])


def _constant(value: Any) -> Run:
    return lambda values: value


def _plain(array: Any) -> Array:
    """Make an array of float64 or bool, the two kinds that the closures know."""
    out = np.asarray(array)
    if any(stride < 0 for stride in out.strides):
        out = out.copy()  # numpy computes exp, log and ** of reversed views by another routine, which may round differently
    return out if out.dtype == np.float64 or out.dtype == np.bool_ else out.astype(np.float64)


def _as_number(array: Any) -> Any:
    return array.astype(np.float64) if array.dtype.kind == "b" else array


def _as_truth(array: Any) -> Any:
    return array if array.dtype.kind == "b" else np.not_equal(array, 0.0)


def _describe(node: ast.expr) -> str:
    known = {ast.Tuple: "a list of values is", ast.GeneratorExp: "a loop is", ast.Starred: "a star before a value is"}
    return known.get(type(node), f"{type(node).__name__} is")
