import math

import pytest

from negotiation_sim._words import mixture


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        ([(1.0, "1")], "1"),
        ([(0.25, "wait"), (0.75, "sanction")], "0.25 wait + 0.75 sanction"),
        ([(0.53553, "1"), (0.46447, "2")], "0.53553 [1] + 0.46447 [2]"),
        ([(0.5, "wait"), (0.5, "2 months")], "0.5 [wait] + 0.5 [2 months]"),
        ([(1e-7, "1"), (1 - 1e-7, "2")], "0.0000001 [1] + 0.9999999 [2]"),
        ([(1 - 1e-7, "a")], "0.9999999 a"),
        ([(math.nan, "a"), (math.nan, "b")], "{a, b}"),
        ([], ""),
    ],
)
def test_mixtures_can_be_read(shares, text):
    assert mixture(shares) == text


def test_no_mixture_gives_one_action_everything_and_others_something():
    for k in range(1, 16):
        small = 10.0**-k / 3
        assert mixture([(small, "a"), (1 - small, "b")], 4).split(" + ")[1].startswith("0.")
