"""Tables: one way to write a number, nothing cut, everything escaped."""

import html.parser
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from negotiation_sim._table import NumberFormat, Table, decimals, number_text

NASTY = r"a_b & <i>50%</i> {x} | \cmd ~ ^ # $ * [1] `q` --"


@pytest.fixture(autouse=True)
def terminal_of_100_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def crisis(variants: int = 3) -> Table:
    rows: list[object] = []
    for heading in ("Nash equilibria of the simultaneous form", "Subgame-perfect outcomes of talks_first"):
        rows.append(heading)
        rows += [
            (f"credible_joint_threat_{k}", "Talks without a truce, Europe sanctions alone", (0.27375, 0.36125), 0.41125, 0.1030625, 2, True)
            for k in range(variants)
        ]
    return Table(
        ["variant", "outcome", "Ukraine", "Russia", "United States", "count", "strict"], rows, "Istanbul", "Stylised: no estimate."
    )


@pytest.mark.parametrize(
    ("values", "places"),
    [([0.36125, 0.0596875], 5), ([0.5, 0.25], 2), ([120.0, 7.5], 1), ([], 0), ([0.0], 0), ([float("nan"), float("inf")], 0), ([1e-17], 0)],
)
def test_decimals_show_five_digits_of_the_largest_number(values: list[float], places: int) -> None:
    assert decimals(values) == places


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.210625, 5, "0.21062"),
        (0.210625 + 1e-16, 5, "0.21062"),
        (-0.0, 3, "0.000"),
        (-1e-9, 3, "-1.0e-09"),
        (0.0, None, "0"),
        (12, None, "12"),
        (2.5e12, 3, "2.5e+12"),
        (float("-inf"), 2, "-inf"),
        (float("nan"), 2, "nan"),
    ],
)
def test_a_number_is_written_one_way(value: float, places: int | None, text: str) -> None:
    assert number_text(value, places) == text


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ([1e9 + 2, 1e9, 1e9 + 1], ["1000000002", "1000000000", "1000000001"]),
        ([1e12 + 2 / 3, 1e12 + 1, 1e12 + 2], ["1000000000000.7", "1000000000001.0", "1000000000002.0"]),
        ([3000.75, 1000.25, 4001.0, 1e4 / 3], ["3000.75", "1000.25", "4001.00", "3333.33"]),
        ([0.123456789, 0.123456788, 0.25], ["0.123456789", "0.123456788", "0.250000000"]),
        ([1e15 + 1, 1e15 + 2], ["1000000000000001", "1000000000000002"]),
        ([1e300, 1.0000001e300], ["1e+300", "1.0000001e+300"]),
        ([1e-300, 1.04e-300], ["1.00e-300", "1.04e-300"]),
        ([5e8, 2e9, 2e9 + 1], ["500000000", "2000000000", "2000000001"]),
        ([float("nan"), 1e9 + 1, 1e9], ["nan", "1000000001", "1000000000"]),
        # Where five digits are enough, or the difference is one of rounding, nothing changes.
        ([0.1 + 0.2, 0.3], ["0.3", "0.3"]),
        ([2 / 3, 2 / 3 + 3e-14, 0.5], ["0.66667", "0.66667", "0.50000"]),
        ([1.5 - 2.3456789e-9, 1.5 + 1.23456789e-10], ["1.5", "1.5"]),
        ([2e9, 3e12], ["2e+09", "3e+12"]),
        ([12345.678, 3.0], ["12346", "3"]),
        ([-1e308, 1e308, 1.0], ["-1e+308", "1e+308", "1"]),
    ],
)
def test_different_numbers_of_a_column_look_different(column: list[float], texts: list[str]) -> None:
    numbers = NumberFormat.of(column)
    assert [numbers.text(value) for value in column] == texts
    table = Table(["x"], [(value,) for value in column])
    assert [line.strip() for line in str(table).split("\n")[2:]] == texts
    for text in texts:
        assert f">{text}<" in table._repr_html_()
        assert f" {text} |" in table.to_markdown()


@given(st.lists(st.floats(-1e3, 1e3).map(lambda v: round(v, 3)), min_size=1, max_size=8), st.sampled_from([0.0, 1e3, 1e6, 1e9, 1e11]))
def test_a_common_part_hides_no_difference(values: list[float], common: float) -> None:
    column = [round(value + common, 3) for value in values]
    numbers = NumberFormat.of(column)
    assert len({numbers.text(value) for value in column}) == len(set(column))


def test_numbers_line_up_on_the_decimal_point() -> None:
    lines = str(Table(["x", "n"], [("a", 12.25), ("b", 0.5), ("c", -3.0), ("d", 7), ("e", (0.25, 0.75)), ("f", None)])).split("\n")[2:]
    points = {line.rindex(".") for line in lines if "." in line}
    assert len(points) == 1
    assert lines[3].endswith("7")
    assert lines[3].rindex("7") == points.pop() - 1
    assert lines[4].endswith("0.25..0.75")


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 120, 200])
def test_no_number_is_cut_and_lines_fit(width: int) -> None:
    text = crisis().to_text(width)
    assert max(map(len, text.split("\n"))) <= width
    for number in ("0.27375..0.36125", "0.41125", "0.10306"):
        assert text.count(number) == 6
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(crisis())
    assert [line.rstrip() for line in capture.get().rstrip("\n").split("\n")] == text.split("\n")


def test_text_folds_at_spaces_and_joints() -> None:
    table = Table(["variant", "x"], [("credible_joint_threat", 0.5), ("a word and no_threat", 0.25)])
    lines = table.to_text(21).split("\n")[2:]
    assert lines == ["credible_joint_  0.50", "threat", "a word and       0.25", "no_threat"]


def test_a_probability_stays_beside_its_action() -> None:
    table = Table(["mixture", "x"], [("0.3333 [1] + 0.6667 [2] or", 0.5)])
    assert table.to_text(19).split("\n")[2:] == ["0.3333 [1] +    0.5", "0.6667 [2] or"]
    assert "0.3333 {[}1{]}" in table.to_latex()


def test_headings_over_numbers_do_not_fall_apart_while_text_can_fold() -> None:
    rows = [("Base case", "No ceasefire, the threat was a bluff", 0.5, 3.0), ("Empty threat", "Ceasefire", 1.5, 0.0)]
    table = Table(["variant", "outcome", "Side A", "The allies of side B"], rows)
    assert table.to_text(80).split("\n")[0].endswith("Side A  The allies of side B")
    assert table.to_text(66).split("\n")[0] == "variant       outcome                 Side A  The allies of side B"
    assert table.to_text(50).split("\n")[:2] == [
        "                                  Side  The allies",
        "variant       outcome                A   of side B",
    ]
    for width in range(48, 90):
        lines = table.to_text(width).split("\n")
        assert max(map(len, lines)) <= width
        assert [line.split()[0] for line in lines].index("variant") <= 1


def test_a_wide_table_goes_on_below_under_the_same_first_columns() -> None:
    table = Table(["name", *"abcdefghij"], [("row one", *np.linspace(1, 2, 10) / 3)])
    text = table.to_text(40)
    assert text.count("row one") == text.count("name") == 4
    assert re.findall(r"\d\.\d+", text) == [f"{v:.5f}" for v in np.linspace(1, 2, 10) / 3]


def test_headings_stand_between_groups_in_every_rendering() -> None:
    table = crisis(1)
    for text in (str(table), table._repr_html_(), table.to_markdown()):
        first, second = text.index("Nash equilibria"), text.index("Subgame-perfect outcomes")
        assert first < second < text.index("Stylised: no estimate.")
    assert r"\multicolumn{7}{l}{\textit{Subgame-perfect outcomes of talks\_first}} \\" in table.to_latex()
    assert list(table.to_pandas()["section"]) == ["Nash equilibria of the simultaneous form", "Subgame-perfect outcomes of talks_first"]


def test_html_is_well_formed_and_escaped() -> None:
    class Reader(html.parser.HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.text = ""

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

        def handle_data(self, data: str) -> None:
            assert "i" not in self.open
            self.text += data

    reader = Reader()
    reader.feed(Table([NASTY, "n"], [NASTY, (NASTY, 1.5)], NASTY, NASTY)._repr_html_())
    assert reader.open == []
    assert reader.text.count(NASTY) == 5


def test_latex_escapes_everything() -> None:
    text = Table([NASTY, "n"], [NASTY, (NASTY, -1.5), ("[x]", 3), ("*", float("inf")), ("e", -3e-17)], NASTY, NASTY).to_latex()
    bare = re.sub(r"\\([&%$#_{}]|[A-Za-z]+|\\)", "", text)
    assert not set("%#_~^<>|\\") & set(bare.replace("10^{", ""))
    assert bare.count("{") == bare.count("}")
    assert text.count("&") - text.count(r"\&") == 5  # one between two columns: the heading and four rows
    assert r"$-$1.5 \\" in text
    assert r"3\phantom{.0} \\" in text
    assert r"$\infty$" in text
    assert r"$-$3.0$\times10^{-17}$" in text
    assert "--" not in text
    assert not re.search(r"\\\\\s*[\[*]", text)
    assert text.startswith(r"\begin{table}[htbp]")
    assert text.index(r"\toprule") < text.index(r"\midrule") < text.index(r"\bottomrule") < text.index(r"\end{table}")


def test_markdown_escapes_everything() -> None:
    text = Table(["a", "b"], [(NASTY, 1.5), ("two\nlines", None)], NASTY).to_markdown()
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [3] * 4
    assert "<" not in re.sub(r"\\.", "", text)
    assert rows[1] == "| :--- | ---: |"


def test_pandas_keeps_the_cells_unformatted() -> None:
    frame = Table(["a", "b"], [("x", 1 / 3), ("y", None)], note="Stylised.").to_pandas()
    assert frame["b"][0] == 1 / 3
    assert frame.attrs["note"] == "Stylised."
    assert list(Table(["a"], []).to_pandas().columns) == ["a"]


def test_columns_of_one_name_can_be_told_apart_in_pandas() -> None:
    frame = Table(["strict", "x", "strict", "section"], ["heading", ("stay", 1.5, True, "a")]).to_pandas()
    assert list(frame.columns) == ["section", "strict", "x", "strict (2)", "section (2)"]
    assert frame["strict"][0] == "stay"
    assert bool(frame["strict (2)"][0])


def test_control_characters_do_not_reach_a_terminal() -> None:
    assert "\x1b" not in str(Table(["a\x1b[31m"], [("b\x1b[2J\r",), "c\x07"], "d\x1b", "e\x1b"))


def test_a_console_that_can_not_draw_lines_gets_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    class Redirected:
        encoding = "cp1252"

    monkeypatch.setattr("sys.stdout", Redirected())
    assert str(Table(["a"], [("x",)])).encode("cp1252") == b"a\n-\nx"


def test_numpy_scalars_are_cells() -> None:
    table = Table(["a", "b", "c"], [(np.float32(0.5), np.int8(3), np.bool_(True))])
    assert table.rows == ((0.5, 3, True),)
    assert type(table.rows[0][2]) is bool


def test_errors_say_what_was_expected() -> None:
    with pytest.raises(ValueError, match=r"rows\[1\] must have one cell for each of the 2 columns"):
        Table(["a", "b"], ["heading", (1,)])
    with pytest.raises(TypeError, match=r"rows\[0\], column 'a' must be text, a number.*got list"):
        Table(["a"], [([1],)])


def test_a_long_table_is_shown_in_part_and_written_whole() -> None:
    rows: list[object] = ["first", *((k, k / 7) for k in range(60)), "second", *((k, k / 7) for k in range(60, 4000))]
    table = Table(["n", "x"], rows, note="All there are.")
    said = "... and 3,900 more rows: .to_pandas(), .to_markdown() and .to_latex() give all"
    for text in (str(table), table._repr_html_()):
        assert text.count(said) == 1
        assert len(text) < 20_000
        assert text.rindex("99") < text.index(said) < text.index("All there are.")
        assert "14.286" not in text
        assert "14.143" in text  # row 99, with the digits that the rows shown need
    assert len(table.to_pandas()) == 4000
    for text in (table.to_markdown(), table.to_latex(), table.to_html(), table.to_text()):
        assert "571.29" in text
        assert "more rows" not in text
    assert "more rows" not in str(Table(["n", "x"], rows[1:61] + rows[62:102]))


def test_a_long_note_keeps_its_end() -> None:
    table = Table(["n"], [(1,)], note="\n".join([*(f"Component {k}." for k in range(500)), "All there are.", "Stylised."]))
    assert len(str(table).split("\n")) < 120
    assert "\n... and 402 more lines: .to_markdown() gives all\n" in str(table)
    assert str(table).endswith("All there are.\nStylised.")
    assert "Component 250." in table.to_markdown()


@pytest.mark.parametrize("value", [5.1e-10, 1.4e-9, 6.5e-10, 9.9e-9, 2e-8])
def test_small_numbers_are_not_rounded_away(value: float) -> None:
    assert float(number_text(value)) == pytest.approx(value, rel=0.05)
