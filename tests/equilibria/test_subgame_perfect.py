"""SubgamePerfect against the definition: all contingent plans, Nash in every subgame."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from negotiation_sim.equilibria.entries import Paths
from negotiation_sim.equilibria.pure import PureNash
from negotiation_sim.equilibria.subgame_perfect import SubgamePerfect
from negotiation_sim.games.normal_form import NormalFormGame
from negotiation_sim.games.staged import StagedGame
from negotiation_sim.status import Completeness, Status


class Plans:
    """Every full contingent plan of a small staged game, by the definition.

    An information set is (stage, history, player); a plan picks a choice at each. A plan is subgame perfect when in the subgame after
    every history no player has another plan for their own information sets there that pays them more.
    """

    def __init__(self, shape, owners, stages, feasible=None):
        self.shape, self.owners, self.stages = shape, owners, stages
        plays = [p for p in itertools.product(*map(range, shape)) if feasible is None or feasible[p]]
        self.sets = []  # (stage, history, player)
        self.choices = []
        self.histories = []
        for s, stage in enumerate(stages):
            before = [k for earlier in stages[:s] for k in earlier]
            for history in sorted({tuple(p[k] for k in before) for p in plays}):
                self.histories.append((s, history))
                for player in sorted({owners[k] for k in stage}):
                    own = [k for k in stage if owners[k] == player]
                    here = {tuple(p[k] for k in own) for p in plays if tuple(p[k] for k in before) == history}
                    self.sets.append((s, history, player))
                    self.choices.append(sorted(here))
        self.size = math.prod(map(len, self.choices))
        self._ready = False

    def _prepare(self):
        """For each subgame, list each plan's play and, for each player, all plans that differ from it at that player's sets there."""
        self.plans = list(itertools.product(*self.choices))
        self.subgames = []
        for s, history in self.histories:
            inside = [t for t, (stage, h, _) in enumerate(self.sets) if stage >= s and h[: len(history)] == history]
            ends = [self._follow(plan, s, history) for plan in self.plans]
            keys = {}
            for player in set(self.owners):
                mine = {t for t in inside if self.sets[t][2] == player}
                keys[player] = [tuple(c for t, c in enumerate(plan) if t not in mine) for plan in self.plans]
            self.subgames.append((ends, keys))
        self._ready = True

    def _follow(self, plan, s, history):
        choice = dict(zip(self.sets, plan, strict=True))
        taken = dict(zip([k for earlier in self.stages[:s] for k in earlier], history, strict=True))
        for later, stage in enumerate(self.stages[s:], start=s):
            past = tuple(taken[k] for earlier in self.stages[:later] for k in earlier)
            for player in {self.owners[k] for k in stage}:
                own = [k for k in stage if self.owners[k] == player]
                taken.update(zip(own, choice[later, past, player], strict=True))
        return tuple(taken[k] for k in range(len(self.shape)))

    def perfect(self, payoffs):
        """For each history, the plays of the plans that are Nash in the subgame there and in every subgame of it."""
        if not self._ready:
            self._prepare()
        nash = []
        for ends, keys in self.subgames:
            good = [True] * len(self.plans)
            for player, key in keys.items():
                value = [payoffs[(player, *end)] for end in ends]
                best = {}
                for k, v in zip(key, value, strict=True):
                    best[k] = max(best.get(k, v), v)
                good = [g and v >= best[k] for g, v, k in zip(good, value, key, strict=True)]
            nash.append(good)
        paths = {}
        for (s, history), (ends, _) in zip(self.histories, self.subgames, strict=True):
            inside = [good for (t, h), good in zip(self.histories, nash, strict=True) if t >= s and h[: len(history)] == history]
            paths[s, history] = {end for n, end in enumerate(ends) if all(good[n] for good in inside)}
        return paths

    def prefix(self, play, s):
        """What has been decided before stage s."""
        return tuple(play[k] for stage in self.stages[:s] for k in stage)


def random_structure(rng, most):
    """Shape, owners, stages and sometimes constraints of a staged game with at most ``most`` plans."""
    while True:
        instruments = int(rng.integers(1, 5))
        players = int(rng.integers(2, 5))
        shape = tuple(rng.choice([1, 2, 2, 2, 3], size=instruments).tolist())
        owners = tuple(rng.integers(0, players, size=instruments).tolist())
        when = rng.integers(0, 3, size=instruments)
        stages = tuple(tuple(rng.permutation(np.flatnonzero(when == s)).tolist()) for s in range(3) if (when == s).any())
        feasible = random_rules(rng, shape, owners, stages) if rng.random() < 0.3 else None
        plans = Plans(shape, owners, stages, feasible)
        if plans.size <= most:
            return players, plans, feasible


def random_rules(rng, shape, owners, stages):
    """At every history each mover keeps a random non-empty set of combined choices, whatever the others do at the same time."""
    feasible = np.ones(shape, dtype=bool)
    plays = np.array(list(itertools.product(*map(range, shape)))).reshape((-1, len(shape)))
    before = []
    for stage in stages:
        for player in sorted({owners[k] for k in stage}):
            own = [k for k in stage if owners[k] == player]
            kept = {}
            for play in plays:
                history = tuple(play[before])
                if history not in kept:
                    combined = list(itertools.product(*(range(shape[k]) for k in own)))
                    keep = rng.random(len(combined)) < 0.7
                    keep[rng.integers(len(combined))] = True
                    kept[history] = {c for c, k in zip(combined, keep, strict=True) if k}
                if tuple(play[own]) not in kept[history]:
                    feasible[tuple(play)] = False
        before += stage
    return feasible


def assert_perfect(rng, structures, batch, most, high):
    for _ in range(structures):
        players, plans, feasible = random_structure(rng, most)
        payoffs = rng.integers(0, high + 1, size=(batch, players, *plans.shape))
        game = StagedGame(payoffs, [f"p{i}" for i in range(players)], plans.owners, plans.stages, feasible=feasible)
        paths, masks = SubgamePerfect()(game), SubgamePerfect().masks(game)
        assert (paths.complete == Completeness.PROVED).all()
        assert (paths.regret == 0).all()
        for g in range(batch):
            perfect = plans.perfect(payoffs[g])
            found = [tuple(map(int, np.unravel_index(p, plans.shape))) for p in paths.play[paths.start[g] : paths.start[g + 1]]]
            assert found == sorted(perfect[0, ()]), (plans.shape, plans.owners, plans.stages, feasible, payoffs[g])
            assert paths.count[g] == len(found)
            for s, mask in enumerate(masks):
                for play in itertools.product(*map(range, plans.shape)):
                    assert mask[(*play, g)] == (play in perfect.get((s, plans.prefix(play, s)), ()))


def test_equals_definition():
    assert_perfect(np.random.default_rng(5), structures=500, batch=4, most=200, high=4)


@pytest.mark.slow
def test_equals_definition_larger():
    assert_perfect(np.random.default_rng(6), structures=300, batch=10, most=5000, high=3)


def losses_by_definition(plans, feasible, payoffs, perfect, play, classes):
    """The loss from each deviation on a path, with the range, and whether it leaves the class of the play."""
    plays = [p for p in itertools.product(*map(range, plans.shape)) if feasible is None or feasible[p]]
    losses = {}
    for s, stage in enumerate(plans.stages):
        for player in {plans.owners[k] for k in stage}:
            own = [k for k in stage if plans.owners[k] == player]
            values = [payoffs[(player, *p)] for p in plays]
            span = max(values) - min(values)
            same = [k for k in range(len(play)) if k not in own and any(k in earlier for earlier in plans.stages[: s + 1])]
            moved = [p for p in plays if all(p[k] == play[k] for k in same) and any(p[k] != play[k] for k in own)]
            for choice in {tuple(p[k] for k in own) for p in moved}:
                after = [p for p in moved if tuple(p[k] for k in own) == choice]
                if s + 1 < len(plans.stages):
                    after = [p for p in after if p in perfect[s + 1, plans.prefix(p, s + 1)]]
                loss = payoffs[(player, *play)] - min(payoffs[(player, *p)] for p in after)
                stays = any(classes[p] == classes[play] and payoffs[(player, *p)] <= payoffs[(player, *play)] for p in after)
                losses[s, player, choice] = loss, span or 1, not stays
    return losses


def test_margins_and_strictness_equal_definition():
    rng = np.random.default_rng(7)
    seen = 0
    for _ in range(150):
        players, plans, feasible = random_structure(rng, 100)
        payoffs = rng.integers(0, 6, size=(4, players, *plans.shape))
        classes = rng.integers(0, 3, size=plans.shape).astype(np.int8)
        game = StagedGame(payoffs, [f"p{i}" for i in range(players)], plans.owners, plans.stages, feasible=feasible)
        paths = SubgamePerfect()(game)
        margins = paths.margin(classes)
        summary = SubgamePerfect().summarise(game, classes, 3, frozenset({"margin", "strict", "payoff_min", "payoff_max", "regret_max"}))
        expected = np.full((3, 4), np.nan)
        for entry, (g, flat) in enumerate(zip(paths.index, paths.play, strict=True)):
            play = tuple(map(int, np.unravel_index(flat, plans.shape)))
            perfect = plans.perfect(payoffs[g])
            losses = losses_by_definition(plans, feasible, payoffs[g], perfect, play, classes)
            leaving = min((loss / span for loss, span, leaves in losses.values() if leaves), default=np.inf)
            assert margins[entry] == leaving
            assert paths.strict[entry] == all(loss > 0 for loss, _, _ in losses.values())
            witnesses = {(int(w.stage[-1]) - 1, int(w.player[1]), tuple(int(c) - 1 for c in w.choice)): w for w in paths.witness(entry)}
            assert {key: w.loss for key, w in witnesses.items()} == {key: loss for key, (loss, _, _) in losses.items()}
            for (s, player, choice), w in witnesses.items():
                after = tuple(int(option) - 1 for option in w.play)
                own = [k for k in plans.stages[s] if plans.owners[k] == player]
                assert tuple(after[k] for k in own) == choice
                assert plans.prefix(after, s) == plans.prefix(play, s)
                assert s + 1 == len(plans.stages) or after in perfect[s + 1, plans.prefix(after, s + 1)]
            expected[classes[play], g] = np.fmax(expected[classes[play], g], leaving)
            seen += 1
        np.testing.assert_array_equal(summary.margin, expected)
        np.testing.assert_array_equal(summary.strict, expected > 1e-9)
        np.testing.assert_array_equal(paths.strict_between_outcomes(classes), margins > 1e-9)
        variables = paths.variables(["payoff_min", "payoff_max", "regret_max"])
        for name in variables:
            np.testing.assert_array_equal(getattr(summary, name).T, variables[name].values)
    assert seen > 300


def test_one_stage_is_pure_nash():
    rng = np.random.default_rng(8)
    for shape in ((2, 2), (3, 2, 2), (2, 2, 2, 2)):
        game = NormalFormGame(rng.integers(0, 4, size=(50, len(shape), *shape)), players=[f"p{i}" for i in range(len(shape))])
        staged = StagedGame.from_normal_form(game, [game.players])
        np.testing.assert_array_equal(SubgamePerfect().masks(staged)[0], PureNash().mask(game))
        pure, paths = PureNash()(game), SubgamePerfect()(staged)
        np.testing.assert_array_equal(pure.start, paths.start)
        for name in ("payoffs", "regret", "strict"):
            np.testing.assert_array_equal(getattr(pure, name), getattr(paths, name))


def staged(payoffs, owners, stages, **names):
    payoffs = np.asarray(payoffs, dtype=float)
    return StagedGame(payoffs, [f"p{i}" for i in range(payoffs.shape[-1 - len(owners)])], owners, stages, **names)


def test_entry_deterrence():
    options = [["out", "in"], ["fight", "share"]]
    game = staged([[[0, 0], [-1, 1]], [[2, 2], [-1, 1]]], [0, 1], [[0], [1]], options=options, stage_names=["entry", "reply"])
    paths = SubgamePerfect()(game)
    assert paths.plays() == [("in", "share")]  # the threat to fight is not credible, though (out, fight) is a Nash equilibrium
    assert PureNash()(game.normal_form()[0]).count == 2
    out, fight = paths.witness(0)
    assert (out.stage, out.player, out.choice, out.loss) == ("entry", "p0", ("out",), 1)
    assert out.play[0] == "out"
    assert (fight.stage, fight.player, fight.choice, fight.play, fight.loss) == ("reply", "p1", ("fight",), ("in", "fight"), 2)


def test_stackelberg_leader_gains():
    quantity = np.arange(13)  # price 12 - q1 - q2, no costs: the leader makes 6, the follower 3
    price = np.maximum(12 - quantity[:, None] - quantity, 0)
    game = staged([price * quantity[:, None], price * quantity], [0, 1], [[0], [1]])
    paths = SubgamePerfect()(game)
    assert ("7", "4") in paths.plays()  # options are named from 1: 6 and 3
    assert paths.payoffs[paths.plays().index(("7", "4"))].tolist() == [18, 9]
    cournot = PureNash()(game.normal_form()[0])
    assert 16 in cournot.payoffs[:, 0]


def test_centipede_stops_at_once():
    payoffs, feasible = np.full((2, 2, 2, 2, 2), np.nan), np.zeros((2, 2, 2, 2), dtype=bool)
    ends = [(4, 1), (2, 8), (16, 4), (8, 32), (64, 16)]  # the pot doubles; whoever stops (option 0) takes the larger part
    for going in range(5):
        play = (1,) * going + (0,) * (4 - going)  # after a stop nothing is left to decide
        payoffs[(slice(None), *play)], feasible[play] = ends[going], True
    paths = SubgamePerfect()(staged(payoffs, [0, 1, 0, 1], [[0], [1], [2], [3]], feasible=feasible))
    assert paths.plays() == [("1", "1", "1", "1")]
    assert paths.payoffs.tolist() == [[4, 1]]
    assert paths.strict.all()


def test_ultimatum_with_ties_has_two_paths():
    offer = np.arange(4)
    payoffs = np.stack([np.stack([3 - offer, 0 * offer], axis=-1), np.stack([offer, 0 * offer], axis=-1)])
    paths = SubgamePerfect()(staged(payoffs, [0, 1], [[0], [1]], options=[["0", "1", "2", "3"], ["yes", "no"]]))
    assert paths.plays() == [("0", "yes"), ("1", "yes")]
    assert paths.strict.tolist() == [False, True]  # an offer of 0 may be turned down, so offering 1 is strictly better


def test_battle_of_the_sexes_with_an_outside_option():
    """After going in both coordination outcomes are equilibria, so both going in and staying out are supported."""
    payoffs = np.zeros((2, 2, 2, 2))
    payoffs[:, 0] = np.array([2, 2]).reshape(2, 1, 1)
    payoffs[0, 1] = [[3, 0], [0, 1]]
    payoffs[1, 1] = [[1, 0], [0, 3]]
    paths = SubgamePerfect()(staged(payoffs, [0, 0, 1], [[0], [1, 2]]))
    assert {play[0] for play in paths.plays()} == {"1", "2"}
    inside = [entry for entry, play in enumerate(paths.plays()) if play[0] == "2"]
    assert [paths.plays()[entry] for entry in inside] == [("2", "1", "1")]


def test_a_subgame_without_pure_equilibrium_leaves_nothing():
    """Matching pennies lie where only a joint deviation leads; no plan is an equilibrium there."""
    payoffs = np.zeros((2, 2, 2, 2, 2))
    payoffs[:, 0, 0] = 5
    game = staged(payoffs, [0, 1, 0, 1], [[0, 1], [2, 3]])
    assert {play[:2] for play in SubgamePerfect()(game).plays()} == {("1", "1"), ("2", "2")}
    payoffs[0, 1, 1] = [[1, -1], [-1, 1]]
    payoffs[1, 1, 1] = [[-1, 1], [1, -1]]
    paths = SubgamePerfect()(staged(payoffs, [0, 1, 0, 1], [[0, 1], [2, 3]]))
    assert paths.count == 0
    assert paths.complete == Completeness.PROVED
    assert paths.status == Status.OK


def test_several_instruments_are_one_combined_choice():
    """Changing both instruments at once pays, changing either alone does not."""
    payoffs = np.array([[[1, 0], [0, 2]]])
    together = SubgamePerfect()(staged(payoffs, [0, 0], [[0, 1]]))
    assert together.plays() == [("2", "2")]
    one_by_one = SubgamePerfect()(staged(payoffs, [0, 0], [[0], [1]]))
    assert one_by_one.plays() == [("2", "2")]


def test_rules_remove_choices_and_payoffs_of_impossible_plays_are_ignored():
    payoffs = np.array([[[0, 9], [1, np.nan]], [[0, 0], [0, np.inf]]])
    feasible = [[True, False], [True, False]]
    paths = SubgamePerfect()(staged(payoffs, [0, 1], [[0], [1]], feasible=feasible))
    assert paths.status == Status.OK
    assert paths.plays() == [("2", "1")]
    assert paths.payoffs.tolist() == [[1, 0]]
    assert paths.regret == 0


def test_rules_that_tie_simultaneous_choices_are_refused():
    with pytest.raises(ValueError, match="move at once"):
        staged(np.zeros((2, 2, 2)), [0, 1], [[0, 1]], feasible=[[True, False], [False, True]])


def test_a_broken_game_spoils_only_itself():
    rng = np.random.default_rng(9)
    payoffs = rng.integers(0, 5, size=(30, 3, 2, 3, 2)).astype(float)
    good = SubgamePerfect()(StagedGame(payoffs, ["a", "b", "c"], [0, 1, 2], [[1], [0, 2]]))
    broken = payoffs.copy()
    broken[3, 0, 0, 0, 0], broken[11, 2, 1, 2, 1], broken[12] = np.nan, np.inf, -np.inf
    paths = SubgamePerfect()(StagedGame(broken, ["a", "b", "c"], [0, 1, 2], [[1], [0, 2]]))
    bad = np.isin(np.arange(30), [3, 11, 12])
    assert (paths.status == np.where(bad, Status.NOT_FINITE, Status.OK)).all()
    assert (paths.complete == np.where(bad, Completeness.NO, Completeness.PROVED)).all()
    assert (paths.count[bad] == 0).all()
    for g in np.flatnonzero(~bad):
        assert paths.plays(int(g)) == good.plays(int(g))
    summary = SubgamePerfect().summarise(paths.game, np.zeros((2, 3, 2), np.int8), 1, frozenset({"payoff_min", "regret_max", "margin"}))
    assert np.isnan(summary.payoff_min[:, bad]).all()
    assert np.isnan(summary.regret_max[bad]).all()
    assert not summary.supported[:, bad].any()


def answer(payoffs, owners, stages):
    paths = SubgamePerfect()(staged(payoffs, owners, stages))
    return paths.start.tolist(), paths.play.tolist(), paths.strict.tolist()


def test_batch_equals_loop():
    rng = np.random.default_rng(10)
    payoffs = rng.integers(0, 4, size=(3000, 3, 2, 2, 2)) + 0.1
    game = staged(payoffs, [0, 1, 2], [[2], [0, 1]])
    paths = SubgamePerfect()(game)
    classes = rng.integers(-1, 2, size=(2, 2, 2)).astype(np.int8)
    keep = frozenset({"payoff_min", "payoff_max", "regret_max", "margin", "strict", "certain"})
    summary = SubgamePerfect().summarise(game, classes, 2, keep)
    for g in range(0, 3000, 13):
        one = SubgamePerfect()(game[g])
        entries = slice(paths.start[g], paths.start[g + 1])
        for name in ("play", "payoffs", "regret", "strict"):
            np.testing.assert_array_equal(getattr(one, name), getattr(paths, name)[entries])
        alone = SubgamePerfect().summarise(game[g], classes, 2, keep)
        for name in ("status", "complete", "count", "supported", *keep):
            np.testing.assert_array_equal(getattr(alone, name)[..., 0], getattr(summary, name)[..., g])


def test_chunks_leave_no_trace():
    rng = np.random.default_rng(11)
    payoffs = rng.integers(0, 3, size=(20000, 2, 2, 2))
    whole = SubgamePerfect()(staged(payoffs, [0, 1], [[1], [0]]))
    parts = [SubgamePerfect()(staged(p, [0, 1], [[1], [0]])) for p in np.array_split(payoffs, 7)]
    np.testing.assert_array_equal(whole.play, np.concatenate([p.play for p in parts]))
    np.testing.assert_array_equal(whole.count, np.concatenate([p.count for p in parts]))
    folded = SubgamePerfect()(staged(payoffs.reshape(100, 200, 2, 2, 2), [0, 1], [[1], [0]]))
    np.testing.assert_array_equal(folded.count.ravel(), whole.count)
    assert folded.plays((57, 31)) == whole.plays(57 * 200 + 31)


@given(st.integers(0, 2**32), st.integers(-10, 10), st.integers(-20, 20), st.integers(-1000, 1000))
def test_units_do_not_matter(seed, power, shift, other):
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 5, size=(6, 3, 2, 3, 2)).astype(float)
    expected = answer(payoffs, [0, 1, 2], [[1], [0, 2]])
    scale = np.array([2.0**power, 1, 3]).reshape(3, 1, 1, 1)
    offset = np.array([shift, other, 0]).reshape(3, 1, 1, 1)
    assert answer((payoffs + offset) * scale, [0, 1, 2], [[1], [0, 2]]) == expected
    assert answer(payoffs * np.pi * scale + offset / 7, [0, 1, 2], [[1], [0, 2]]) == expected


@given(st.integers(0, 2**32))
def test_renaming_players_options_and_instruments_renames_the_answer(seed):
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 4, size=(3, 2, 3, 2))
    owners, stages = [0, 1, 2], [[1], [0, 2]]
    mask = SubgamePerfect().masks(staged(payoffs, owners, stages))[0][..., 0]
    flips = [rng.permutation(n) for n in mask.shape]
    renamed = payoffs[np.ix_(range(3), *flips)]
    np.testing.assert_array_equal(SubgamePerfect().masks(staged(renamed, owners, stages))[0][..., 0], mask[np.ix_(*flips)])
    order, people = rng.permutation(3), rng.permutation(3)  # new instrument k is old order[k]; new player i is old people[i]
    moved = payoffs[people].transpose(0, *(order + 1))
    who = [int(np.flatnonzero(people == owners[k])[0]) for k in order]
    when = [[int(np.flatnonzero(order == k)[0]) for k in stage] for stage in stages]
    np.testing.assert_array_equal(SubgamePerfect().masks(staged(moved, who, when))[0][..., 0], mask.transpose(order))


def test_constant_payoffs_support_everything():
    paths = SubgamePerfect()(staged(np.full((2, 2, 3), 7.0), [0, 1], [[0], [1]]))
    assert paths.count == 6
    assert (paths.regret == 0).all()
    assert not paths.strict.any()
    assert (paths.margin(np.arange(6, dtype=np.int8).reshape(2, 3)) == 0).all()


def test_payoffs_equal_up_to_rounding_count_as_equal():
    noise = np.array([[0.3, 0.1 + 0.2], [0.3, 0.3]])
    paths = SubgamePerfect()(staged([noise, [[0, 0], [1, 1]]], [0, 1], [[0], [1]]))
    assert paths.count == 4
    assert (paths.regret == 0).all()
    assert not paths.strict.any()
    assert (paths.margin(np.array([[0, 0], [1, 1]], dtype=np.int8)) == 0).all()


def test_tolerance_is_a_share_of_the_range():
    payoffs = np.array([[100.0, 99.0, 0.0]])
    assert SubgamePerfect()(staged(payoffs, [0], [[0]])).count == 1
    loose = SubgamePerfect(rtol=0.02)(staged(payoffs, [0], [[0]]))
    assert loose.count == 2
    np.testing.assert_allclose(loose.regret, [0, 0.01])


def test_wrong_game_and_wrong_tolerance():
    with pytest.raises(TypeError, match="from_normal_form"):
        SubgamePerfect()(NormalFormGame([[[1]]], players=["a"]))
    with pytest.raises(ValueError, match="rtol"):
        SubgamePerfect(rtol=1)


def test_empty_batch():
    paths = SubgamePerfect()(staged(np.zeros((0, 2, 2, 2)), [0, 1], [[0], [1]]))
    assert isinstance(paths, Paths)
    assert len(paths) == 0
    assert paths.count.shape == (0,)
