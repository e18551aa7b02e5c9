import ast
import time

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch

import negotiation_sim as ns
from negotiation_sim import plot
from negotiation_sim.plot.cells import NONE, REST, UNSOLVED

A_OR_C = (0, 2)


def patches(ax, kind="case"):
    """The drawn paths by case."""
    found = {}
    for patch in ax.get_children():
        if isinstance(patch, PathPatch) and patch.get_label().startswith(f"_{kind} "):
            found.setdefault(ast.literal_eval(patch.get_label().split(" ", 1)[1]), []).append(patch)
    return found


def legend_texts(ax):
    figure = ax.get_figure(root=True)
    legends = [*figure.legends, *([ax.get_legend()] if ax.get_legend() else [])]
    return [t.get_text() for legend in legends for t in legend.get_texts()]


def marks(ax):
    return [t.get_text() for t in ax.texts if t.get_label() == "_mark"]


def border_lines(ax):
    (lines,) = [c for c in ax.collections if isinstance(c, LineCollection)]
    return {tuple(map(tuple, s.tolist())) for s in map(np.asarray, lines.get_segments())}


def equals(k):
    return lambda x, y: x == k


def area(patch):
    """Area of a path of rectangles."""
    corners = patch.get_path().vertices.reshape(-1, 5, 2)
    return float(np.prod(corners[:, 2] - corners[:, 0], axis=1).sum())


def test_every_set_of_outcomes_is_one_patch_with_the_colour_of_its_first_outcome(crisis):
    ax = plot.regimes(crisis, "a_US", "tau_US", "nash")
    drawn = patches(ax)
    assert set(drawn) == {(0,), (2,), (3,), A_OR_C, (0, 3), NONE, UNSOLVED}
    assert all(len(p) == 1 for p in drawn.values())
    assert to_hex(drawn[0,][0].get_facecolor()) == plot.PALETTE[0]
    assert to_hex(drawn[2,][0].get_facecolor()) == plot.PALETTE[2]
    assert to_hex(drawn[A_OR_C][0].get_facecolor()) == plot.PALETTE[0]
    assert to_hex(drawn[NONE][0].get_facecolor()) == "#ffffff"
    assert drawn[UNSOLVED][0].get_hatch()
    total = sum(area(p[0]) for p in drawn.values())
    assert total == pytest.approx(0.05 * 0.10)


def test_several_outcomes_are_striped_in_the_other_colour_inside_their_part_only(crisis):
    ax = plot.regimes(crisis, "a_US", "tau_US", "nash")
    striped = patches(ax, "stripes")
    assert set(striped) == {A_OR_C, (0, 3)}
    colours = [to_hex(p.get_facecolor()) for p in striped[A_OR_C]]
    assert colours == [plot.PALETTE[2], "#ffffff", "#ffffff"]  # white lines keep the stripes apart in grey
    assert all(p.get_clip_path() is not None and p.clipbox is not None for p in striped[A_OR_C])


def test_three_outcomes_have_stripes_of_three_colours(dataset):
    everywhere = [lambda x, y: x >= 0] * 3
    result = dataset({"x": np.arange(3.0), "y": np.arange(3.0)}, {"nash": everywhere}, {"a": "A", "b": "B", "c": "C"}, bases={})
    ax = plot.regimes(result, "x", "y")
    colours = [to_hex(p.get_facecolor()) for p in patches(ax, "stripes")[0, 1, 2]]
    assert colours[:2] == list(plot.PALETTE[1:3])
    assert marks(ax) == ["A, B or C"]
    assert legend_texts(ax) == ["A: A", "B: B", "C: C", "A, B or C: all supported"]


def test_legend_names_all_that_is_there(crisis):
    ax = plot.regimes(crisis, "a_US", "tau_US", "nash")
    assert legend_texts(ax) == [
        "A: Truce accepted",
        "C: Talks, Europe sanctions alone",
        "D: War goes on",
        "A or C: both supported",
        "A or D: both supported",
        "No equilibrium",
        "Not solved (not finite)",
        "Base case (between the points of the sweep)",
    ]


def test_an_outcome_that_is_never_alone_is_explained_too(square):
    ax = plot.regimes(square.isel(x=[0], y=[0]), "x", "y")  # a single point is a map too
    assert legend_texts(ax) == ["A: First", "B: Second", "A or B: both supported"]


def test_sets_at_few_points_say_how_many(dataset):
    rules = [lambda x, y: x < 50, lambda x, y: (x >= 50) | ((x == 49) & (y < 2))]
    result = dataset({"x": np.arange(100.0), "y": np.arange(9.0)}, {"nash": rules}, {"a": "A", "b": "B"}, bases={})
    assert legend_texts(plot.regimes(result, "x", "y"))[-1] == "A or B: both supported at 2 points"


def test_a_tie_too_thin_for_its_colours_is_one_border_and_told(dataset):
    rules = [lambda x, y: y >= 100, lambda x, y: y <= 100]  # both at 100 alone
    result = dataset({"x": np.arange(9.0), "y": np.arange(201.0)}, {"nash": rules}, {"a": "A", "b": "B"}, bases={})
    ax = plot.regimes(result, "x", "y")
    assert len(border_lines(ax)) == 1
    assert set(patches(ax)) == {(0,), (1,)}
    assert not patches(ax, "stripes")
    assert legend_texts(ax)[-1] == "A or B: both supported at 9 points of a border"
    assert "A or B (both supported) at 0.5% of the points" in plot.alt_text(ax)
    wide = plot.regimes(result.isel(y=slice(None, None, 20)), "x", "y")  # the same tie in a coarse sweep has room
    assert len(border_lines(wide)) == 2
    assert (0, 1) in patches(wide)


def test_no_equilibrium_is_proved_or_only_not_found(dataset):
    for proved, text in ((True, "No equilibrium"), (False, "No equilibrium found")):
        result = dataset({"x": np.arange(3.0), "y": np.arange(3.0)}, {"nash": [lambda x, y: x > 9]}, {"a": "A"}, proved=proved, bases={})
        assert legend_texts(plot.regimes(result, "x", "y")) == [text]


def test_two_by_two_borders_and_axes(square):
    ax = plot.regimes(square, "x", "y")
    assert ax.get_xlim() == (0.0, 1.0)
    assert ax.get_ylim() == (0.0, 2.0)
    assert border_lines(ax) == {((0.5, 0.0), (0.5, 2.0)), ((0.0, 1.0), (1.0, 1.0))}
    assert set(patches(ax)) == {(0,), (1,), (0, 1), NONE}


def test_axes_may_be_uneven_or_descend(dataset):
    x = np.array([8.0, 4.0, 2.0, 1.0])
    result = dataset(
        {"x": x, "y": np.array([0.0, 1.0])}, {"nash": [lambda x, y: x > 3, lambda x, y: x < 3]}, {"a": "A", "b": "B"}, bases={}
    )
    ax = plot.regimes(result, "x", "y")
    assert ax.get_xlim() == (1.0, 8.0)
    assert border_lines(ax) == {((3.0, 0.0), (3.0, 1.0))}
    same = plot.regimes(result.isel(x=slice(None, None, -1)), "x", "y")
    assert border_lines(same) == border_lines(ax)


def test_x_and_y_may_be_swapped(square):
    ax = plot.regimes(square, "y", "x")
    assert border_lines(ax) == {((1.0, 0.0), (1.0, 1.0)), ((0.0, 0.5), (2.0, 0.5))}
    assert area(patches(ax)[0,][0]) == pytest.approx(0.5)


def test_one_parameter_of_a_pair_can_be_the_axis(dataset):
    a = np.linspace(0, 1, 5)
    result = dataset(
        {"a": a, "y": np.arange(3.0)},
        {"nash": [lambda x, y: x < 0.4]},
        {"first": "A"},
        paired={"b": ("a", 10 * a)},
        bases={"a": 0.5, "b": 5.0, "y": 1.0},
    )
    ax = plot.regimes(result, "b", "y")
    assert ax.get_xlim() == (0.0, 10.0)
    assert border_lines(ax) == {((3.75, 0.0), (3.75, 2.0))}
    assert "a moves along" in ax.get_title(loc="left")
    assert "Base case" in legend_texts(ax)
    result.coords["a"].attrs["base"] = 0.9  # then no point of the pair is the base case
    assert "Base case" not in legend_texts(plot.regimes(result, "b", "y"))


def test_base_case_is_marked_where_it_lies(crisis):
    ax = plot.regimes(crisis, "a_US", "tau_US", "nash")
    (marker,) = [line for line in ax.lines if line.get_label() == "_base case"]
    assert (marker.get_xdata()[0], marker.get_ydata()[0]) == (0.004, 0.03)


def test_other_parameters_are_fixed_at_the_nearest_point_or_the_base_case(dataset):
    axes = {"a_US": np.linspace(0, 0.05, 6), "tau_US": np.linspace(0, 0.1, 6), "rho": np.array([-0.02, 0.0, 0.05])}
    result = dataset(axes, {"nash": [lambda a, t, r: r < 0.01, lambda a, t, r: r > 0.01]}, {"a": "A", "b": "B"})
    base = plot.regimes(result, "a_US", "tau_US")
    assert "rho = 0.05" in base.get_title(loc="left")
    assert set(patches(base)) == {(1,)}
    assert "Base case (between the points of the sweep)" in legend_texts(base)
    other = plot.regimes(result, "a_US", "tau_US", fixed={"rho": 0.002})
    assert "rho = 0" in other.get_title(loc="left")
    assert set(patches(other)) == {(0,)}
    assert not any("Base case" in text for text in legend_texts(other))
    chosen = plot.regimes(result.isel(rho=1), "a_US", "tau_US")  # selected beforehand: not the base case either
    assert not any("Base case" in text for text in legend_texts(chosen))


def test_base_case_is_not_marked_beside_a_sweep_that_does_not_reach_it(dataset):
    axes = {"a_US": np.linspace(0, 0.05, 6), "tau_US": np.linspace(0, 0.1, 6), "rho": np.array([0.1, 0.2])}
    result = dataset(axes, {"nash": [lambda a, t, r: r < 9]}, {"a": "A"})
    assert "Base case" not in legend_texts(plot.regimes(result, "a_US", "tau_US"))


def test_ten_outcomes_take_textures_after_the_palette(dataset):
    names = {f"o{k}": f"Outcome {k}" for k in range(10)}
    rules = [equals(k) for k in range(10)]
    result = dataset({"x": np.arange(10.0), "y": np.arange(4.0)}, {"nash": rules}, names, bases={})
    drawn = patches(plot.regimes(result, "x", "y"))
    looks = {(to_hex(p[0].get_facecolor()), p[0].get_hatch()) for p in drawn.values()}
    assert len(looks) == 10
    assert to_hex(drawn[6,][0].get_facecolor()) == plot.PALETTE[0]


def test_rare_sets_share_an_entry_beyond_max_regimes(dataset):
    names = {f"o{k}": f"Outcome {k}" for k in range(5)}
    rules = [equals(k) for k in range(4)] + [lambda x, y: x > 3]
    result = dataset({"x": np.arange(20.0), "y": np.arange(4.0)}, {"nash": rules}, names, bases={})
    ax = plot.regimes(result, "x", "y", max_regimes=2)
    assert set(patches(ax)) == {(4,), REST}
    assert legend_texts(ax) == ["E: Outcome 4", "Other outcomes"]
    with pytest.raises(ValueError, match="max_regimes must be at least 1"):
        plot.regimes(result, "x", "y", max_regimes=0)


def test_labels_can_be_replaced(crisis):
    ax = plot.regimes(crisis, "a_US", "tau_US", "nash", labels={"truce": "Ceasefire at $5"})
    assert "A: Ceasefire at $5" in legend_texts(ax)


def test_axis_labels_and_note(crisis):
    ax = plot.regimes(crisis, "a_US", "tau_US", "nash")
    assert ax.get_xlabel().replace("\n", " ") == "a_US: cost to the United States of threatening and not following through"
    assert ax.get_ylabel().replace("\n", " ") == "tau_US: cost to Russia of US sanctions, both sectors (share of the bundle)"
    figure = ax.get_figure(root=True)
    assert [t.get_text() for t in figure.texts if t.get_label() == "_note"] == ["Stylised: every number is illustrative, not an estimate."]


def test_given_axes_are_used_and_the_note_comes_once(crisis):
    _, axes = plt.subplots(1, 2, figsize=(10, 5))
    for ax, concept in zip(axes, ("nash", "subgame-perfect"), strict=True):
        assert plot.regimes(crisis, "a_US", "tau_US", concept, ax=ax) is ax
        assert ax.get_legend() is not None
    notes = [t for ax in axes for t in ax.texts if t.get_label() == "_note"]
    assert len(notes) == 1


def test_panels_share_colours_letters_and_one_legend(crisis):
    figure = plot.regime_panels(crisis, "a_US", "tau_US")
    left, right = figure.axes
    assert len(figure.legends) == 1
    texts = [t.get_text() for t in figure.legends[0].get_texts()]
    assert texts[:4] == ["A: Truce accepted", "B: Talks, joint sanctions", "C: Talks, Europe sanctions alone", "D: War goes on"]
    for case in ((0,), (2,)):
        assert patches(left)[case][0].get_facecolor() == patches(right)[case][0].get_facecolor()
    assert left.get_title(loc="left") == "Nash equilibria, simultaneous form"
    assert right.get_title(loc="left") == "Subgame-perfect paths, form “talks first”"
    assert right.get_ylabel() == ""
    one = plot.regime_panels(crisis, "a_US", "tau_US", ["nash"])
    assert len(one.axes) == 1
    with pytest.raises(ValueError, match="at least one of nash, subgame-perfect"):
        plot.regime_panels(crisis, "a_US", "tau_US", [])


def test_description_says_shares_and_the_base_case(square, crisis):
    assert plot.describe_regimes(square, "x", "y") == (
        "Map of outcomes, Nash equilibria, simultaneous form: x from 0 to 1 across, y from 0 to 2 upward. "
        "No equilibrium at 25% of the points; only First at 25% of the points; only Second at 25% of the points; "
        "First or Second (both supported) at 25% of the points."
    )
    text = plot.describe_regimes(crisis, "a_US", "tau_US", "nash")
    assert text.endswith(
        "The base case is no point of the sweep; at the nearest one (a_US = 0.00375, tau_US = 0.03): "
        "Truce accepted or Talks, Europe sanctions alone (both supported)."
    )
    assert plot.alt_text(plot.regimes(crisis, "a_US", "tau_US", "nash")) == text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a_us", "tau_US", "nash"), "unknown parameter for x 'a_us'; did you mean 'a_US'"),
        (("a_US", "tau", "nash"), "unknown parameter for y 'tau'; .*tau_US"),
        (("a_US", "tau_US", "nsh"), "unknown concept 'nsh'; did you mean 'nash'"),
        (("a_US", "tau_US"), "concept must say which of nash, subgame-perfect"),
        (("a_US", "a_US", "nash"), "must vary independently"),
    ],
)
def test_errors_say_what_is_there(crisis, arguments, message):
    with pytest.raises(ValueError, match=message):
        plot.regimes(crisis, *arguments)


def test_errors_of_fixed_and_labels(dataset):
    axes = {"x": np.arange(3.0), "y": np.arange(3.0), "z": np.arange(3.0)}
    result = dataset(axes, {"nash": [lambda x, y, z: x > 0]}, {"truce": "A"}, bases={})
    for fixed, message in (
        (None, "fixed must give a value for z"),
        ({"zz": 1.0}, "unknown parameter in fixed 'zz'; did you mean 'z'"),
        ({"x": 1.0}, "fixed must not hold 'x'"),
        ({"z": 7.0}, r"must lie in the sweep, from 0 to 2; got 7"),
        ({"z": "high"}, "must be a finite number"),
    ):
        with pytest.raises(ValueError, match=message):
            plot.regimes(result, "x", "y", fixed=fixed)
    with pytest.raises(ValueError, match="unknown outcome in labels 'truc'; did you mean 'truce'"):
        plot.regimes(result, "x", "y", fixed={"z": 1.0}, labels={"truc": "B"})


def test_a_dataset_without_supported_is_told_how_to_get_it(crisis):
    with pytest.raises(ValueError, match=r"variable 'supported'; it holds: .*count.*ns\.sweep"):
        plot.regimes(crisis.drop_vars("supported"), "a_US", "tau_US", "nash")
    with pytest.raises(ValueError, match=r"must be the xarray.Dataset that a sweep returns; got dict"):
        plot.regimes({}, "a_US", "tau_US")


def test_axes_must_hold_different_finite_values(square):
    doubled = xr.concat([square, square], dim="x")
    with pytest.raises(ValueError, match="x must hold finite values that all differ"):
        plot.regimes(doubled, "x", "y")


def test_a_random_sample_has_no_map(dataset):
    result = dataset(
        {"sample": np.arange(5)}, {"nash": [lambda s: s > 2]}, {"a": "A"}, paired={"x": ("sample", np.random.default_rng(0).random(5))}
    )
    with pytest.raises(ValueError, match="unknown parameter for y 'y'"):
        plot.regimes(result, "x", "y")


def test_a_map_of_a_million_points_is_quick(crisis_of):
    result = crisis_of(1001, 1001)
    start = time.perf_counter()
    ax = plot.regimes(result, "a_US", "tau_US", "nash")
    ax.get_figure(root=True).canvas.draw()
    assert time.perf_counter() - start < 5.0  # 0.3 s on an idle machine


def test_netcdf_round_trip_draws_the_same(crisis, tmp_path):
    crisis.to_netcdf(tmp_path / "sweep.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "sweep.nc", engine="h5netcdf") as again:
        ax = plot.regimes(again, "a_US", "tau_US", "nash")
        assert border_lines(ax) == border_lines(plot.regimes(crisis, "a_US", "tau_US", "nash"))
        assert legend_texts(ax) == legend_texts(plot.regimes(crisis, "a_US", "tau_US", "nash"))


BETWEEN = "Base case (between the points of the sweep)"


def test_a_base_case_between_points_is_not_given_the_outcome_of_the_nearest_one():
    crisis = ns.load("istanbul-2025").replace(a_US=0.009)
    coarse = ns.sweep(crisis, ns.grid(a_US=[0, 0.01, 0.02], tau_US=[0.02, 0.03, 0.04]), solvers=["subgame-perfect"])
    text = plot.describe_regimes(coarse, "a_US", "tau_US")
    assert text.endswith("The base case is no point of the sweep; at the nearest one (a_US = 0.01, tau_US = 0.03): only Truce accepted.")
    assert BETWEEN in legend_texts(plot.regimes(coarse, "a_US", "tau_US"))
    exact = ns.sweep(crisis, ns.grid(a_US=[0, 0.009, 0.02], tau_US=[0.02, 0.03, 0.04]), solvers=["subgame-perfect"])
    said = plot.describe_regimes(exact, "a_US", "tau_US")
    assert said.endswith("In the base case (a_US = 0.009, tau_US = 0.03): only Talks without truce, Europe sanctions alone.")
    assert crisis.classes.names[crisis.play_classes().ravel()[crisis.solve("subgame-perfect").play[0]]] == "talks_E"
    assert "Base case" in legend_texts(plot.regimes(exact, "a_US", "tau_US"))


def test_a_parameter_held_beside_its_base_value_is_not_the_base_case(dataset):
    axes = {"a_US": np.array([0.0, 0.004]), "tau_US": np.array([0.0, 0.03]), "rho": np.array([0.04, 0.1])}
    result = dataset(axes, {"nash": [lambda a, t, r: r < 0.05]}, {"a": "A"})
    said = plot.describe_regimes(result, "a_US", "tau_US")
    assert said.endswith("no point of the sweep; at the nearest one (a_US = 0.004, tau_US = 0.03, rho = 0.04): only A.")
    exact = dataset(axes | {"rho": np.array([0.05, 0.1])}, {"nash": [lambda a, t, r: r < 0.08]}, {"a": "A"})
    assert plot.describe_regimes(exact, "a_US", "tau_US").endswith("In the base case (a_US = 0.004, tau_US = 0.03): only A.")


def test_a_single_concept_may_be_named_without_a_list(crisis):
    assert len(plot.regime_panels(crisis, "a_US", "tau_US", "nash").axes) == 1


def test_concepts_that_give_chances_show_the_likeliest_outcome():
    crisis = ns.load("istanbul-2025")
    grid = ns.grid(a_US=ns.span(0, 0.05, 9), tau_US=ns.span(0, 0.10, 7))
    result = ns.sweep(crisis, grid, solvers=[ns.LogitQRE(200), "nash"])
    said = plot.describe_regimes(result, x="a_US", y="tau_US", concept="logit")
    best = result["probability"].sel(concept="logit").argmax("outcome")
    names = crisis.outcome_labels
    for k in np.unique(best):
        share = float((best == k).mean())
        assert f"{names[int(k)]} likeliest at {100 * share:.0f}%" in said
    assert "likeliest" not in plot.describe_regimes(result, x="a_US", y="tau_US", concept="nash")
