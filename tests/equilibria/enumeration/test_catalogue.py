"""Lists that grow, and what comes late."""

import itertools

import numpy as np
import pytest

from negotiation_sim.equilibria.enumeration.catalogue import Catalogue, Listed, merge


def some_entries(rng, games, labelled):
    """Up to three entries for each of these games."""
    game = np.repeat(games, rng.integers(0, 4, len(games)))
    labels = rng.integers(1, 99, (2, len(game))) if labelled else None
    return Listed(game, (rng.random((2, len(game))), rng.random((3, len(game)))), labels)


def by_sorting(parts):
    order = np.argsort(np.concatenate([part.game for part in parts]), kind="stable")
    mixes = tuple(np.concatenate([part.mixes[i] for part in parts], axis=1)[:, order] for i in (0, 1))
    labels = np.concatenate(
        [np.zeros((2, len(part.game)), dtype=np.int64) if part.labels is None else part.labels for part in parts], axis=1
    )
    return Listed(np.concatenate([part.game for part in parts])[order], mixes, labels[:, order])


def assert_same(found, expected):
    np.testing.assert_array_equal(found.game, expected.game)
    for x, y in zip(found.mixes, expected.mixes, strict=True):
        np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(found.labels, expected.labels)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_late_entries_come_in_between(seed, share):
    rng = np.random.default_rng(seed)
    games = int(rng.integers(1, 200))
    late = rng.random(games) < share
    bounds = [0, *np.sort(rng.integers(0, games + 1, 4)).tolist(), games]
    catalogue = Catalogue(2, 3, games)
    parts = []
    for begin, end in itertools.pairwise(bounds):
        parts.append(some_entries(rng, begin + np.flatnonzero(~late[begin:end]), labelled=False))
        catalogue.add(parts[-1], end)
    coming = np.flatnonzero(late)
    first = rng.random(len(coming)) < 0.5
    rest = [some_entries(rng, coming[first], labelled=True), some_entries(rng, coming[~first], labelled=bool(seed % 2))]
    assert_same(catalogue.listed(rest), by_sorting([*parts, *rest]))
    assert_same(merge([*parts, *rest], 2, 3), by_sorting([*parts, *rest]))


def test_room_that_was_made_in_vain_is_given_back():
    rng, catalogue = np.random.default_rng(0), Catalogue(2, 3, 1000)
    parts = [some_entries(rng, np.arange(500, dtype=np.intp), labelled=False), some_entries(rng, np.arange(990, 1000), labelled=False)]
    catalogue.add(parts[0], 500)
    catalogue.add(parts[1], 1000)
    found = catalogue.listed()
    assert_same(found, by_sorting(parts))
    assert found.mixes[0].base.shape[1] == len(found.game)


def test_nothing_is_a_list_too():
    found = Catalogue(2, 3, 0).listed()
    assert [x.shape for x in found.mixes] == [(2, 0), (3, 0)]
    assert found.game.shape == (0,)
    assert_same(merge([], 2, 3), found)
