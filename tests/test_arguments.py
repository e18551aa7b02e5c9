"""Numbers and lists of users: what is read, what is refused, and in which words."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from negotiation_sim._arguments import each_of, number_array, real_number, whole_number

NO_NUMBERS = ["3", "x", None, True, np.True_, 1j, [1], [], {}, np.array([1.0]), np.nan, object(), Decimal(2)]


@pytest.mark.parametrize("given", [3, 3.0, np.int8(3), np.float32(3), np.array(3), Fraction(3)])
def test_whole_numbers_of_any_kind(given):
    found = whole_number(given, "n must be whole", 0)
    assert type(found) is int
    assert found == 3


@pytest.mark.parametrize("given", [*NO_NUMBERS, 2.5, -1, np.inf, Fraction(1, 2)])
def test_what_is_no_whole_number(given):
    with pytest.raises(ValueError, match="n must be whole; got "):
        whole_number(given, "n must be whole", 0)


def test_numbers_from_an_interval():
    assert real_number(Fraction(1, 2), "x", 0, 1) == 0.5
    assert type(real_number(np.float32(0.5), "x", 0, 1)) is float
    assert real_number(0, "x", 0, 1, "[)") == 0
    assert real_number(1, "x", 0, 1, "(]") == 1
    for given, ends in ((0, "()"), (1, "()"), (0, "(]"), (1, "[)"), (-1, "[]"), (10**400, "[]"), (-(10**400), "[]")):
        with pytest.raises(ValueError, match="x must be a share; got "):
            real_number(given, "x must be a share", 0, 1, ends)
    for given in (np.inf, -np.inf, 10**400):
        with pytest.raises(ValueError, match="x must be finite"):
            real_number(given, "x must be finite")


@pytest.mark.parametrize("given", NO_NUMBERS)
def test_what_is_no_number(given):
    with pytest.raises(ValueError, match="x must be a number; got "):
        real_number(given, "x must be a number")


def test_arrays_of_numbers_are_copied():
    own = np.arange(3.0)
    found = number_array(own, "x")
    found[0] = 9
    assert own[0] == 0
    for given in ([1, 2.5], (1, True), [[1], [2]], np.array([True, False]), [Fraction(1, 2)], 3, [], [np.nan, np.inf], range(3)):
        assert number_array(given, "x").dtype == np.float64


@pytest.mark.parametrize("given", ["12", ["1"], None, [None, 1], [1, [2]], 1j, [1j], {}, {1: 2}, {1, 2}, True, object(), [Decimal(1)]])
def test_what_is_no_array_of_numbers(given):
    with pytest.raises(ValueError, match="x must hold numbers; got "):
        number_array(given, "x must hold numbers")


def test_lists():
    assert each_of((1, 2), "x") == [1, 2]
    assert each_of((k for k in "ab"), "x") == ["a", "b"]
    assert len(each_of(np.ones((2, 3)), "x")) == 2
    for given in ("ab", b"ab", {1: 2}, {1, 2}, 3, None, np.array(3)):
        with pytest.raises(ValueError, match="x must be a list; got "):
            each_of(given, "x must be a list")
    with pytest.raises(ValueError, match=r"x; got '.{76}\.\.\.$"):
        each_of("a" * 1000, "x")
