"""Scenario files: found, read, located, written back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import negotiation_sim as ns
from negotiation_sim.scenario.actors import Actor, Constraint, Form, Outcome, Parameter, Stage, Variant
from negotiation_sim.scenario.locate import scan
from negotiation_sim.scenario.model import Scenario
from negotiation_sim.scenario.problem import ScenarioError
from negotiation_sim.scenario.schema import json_schema
from negotiation_sim.scenario.template import TEMPLATE, write_template

LIBRARY = Path(ns.__file__).parent / "scenario" / "library"
FIELDS = ("title", "note", "form", "parameters", "definitions", "actors", "available", "forms", "outcomes", "constraints", "variants")


def message(source: Any) -> str:
    """What `load` says about a file that it refuses."""
    with pytest.raises(ScenarioError) as caught:
        ns.load(source)
    assert len(str(caught.value)) < 2000
    return str(caught.value)


# Finding files -----------------------------------------------------------------------------------------------------------------


def test_built_in_scenarios_load() -> None:
    assert {"istanbul-2025", "ceasefire-game"} <= set(ns.builtin_names())
    for name in ns.builtin_names():
        scenario = ns.load(name)
        assert scenario.source == name
        assert scenario.text == (LIBRARY / f"{name}.toml").read_text(encoding="utf-8")


def test_a_path_wins_over_a_built_in_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("istanbul-2025").write_text(TEMPLATE)
    assert ns.load("istanbul-2025").title == "Sanctions and a ceasefire"  # a file that exists
    Path("istanbul-2025").unlink()
    Path("istanbul-2025").mkdir()
    assert ns.load("istanbul-2025").title == "Istanbul, May 2025"  # a folder is no file
    assert "this is a folder" in message(Path("istanbul-2025"))
    assert "no such file" in message("istanbul-2025.toml")
    assert message("./istanbul") == "./istanbul: no such file; did you mean istanbul-2025?"
    Path("crisis.toml").write_text(TEMPLATE)
    for name in ("crisis.toml", "./crisis.toml", str(tmp_path / "crisis.toml"), Path("crisis.toml")):
        assert ns.load(name).source == str(name)


def test_names_that_do_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("crisis.toml").write_text(TEMPLATE)
    assert message("istanbul-2052").startswith("istanbul-2052: no such built-in scenario; expected a file, or one of ceasefire-game")
    assert message("istanbul-2052").endswith("did you mean istanbul-2025?")
    assert message("crisi").endswith("did you mean crisis.toml?")
    assert message("crisi.toml") == "crisi.toml: no such file; did you mean crisis.toml?"
    assert message(tmp_path / "cris.toml").endswith(f"did you mean {tmp_path / 'crisis.toml'}?")
    assert message("../nowhere/x.toml") == "../nowhere/x.toml: no such file"
    assert "no such built-in scenario" in message("")
    assert message(tmp_path).endswith(f"expected a scenario file; did you mean {tmp_path / 'crisis.toml'}?")
    assert "not a possible path" in message("a\0b.toml")
    assert "cannot be read: file name too long" in message("x" * 5000 + ".toml")


@pytest.mark.parametrize("wrong", [3, None, b"istanbul-2025", ["istanbul-2025"]])
def test_names_are_text_or_paths(wrong: Any) -> None:
    with pytest.raises(TypeError, match="load expected a path"):
        ns.load(wrong)


def test_only_text_is_read() -> None:
    with pytest.raises(TypeError, match="loads expected a text; got bytes"):
        ns.loads(b"format = 1")  # type: ignore[arg-type]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices in the file system")
def test_what_could_block_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "to_pipe.toml").symlink_to("pipe.toml")
    (tmp_path / "to_zero.toml").symlink_to("/dev/zero")
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    (tmp_path / "dangling.toml").symlink_to("nothing.toml")
    for name in ("pipe", "to_pipe", "to_zero"):
        assert "not an ordinary file; expected a scenario file, got a device, pipe or socket" in message(tmp_path / f"{name}.toml")
    assert "/dev/zero: not an ordinary file" in message("/dev/zero")
    assert "cannot be read" in message(tmp_path / "loop.toml")
    assert "no such file" in message(tmp_path / "dangling.toml")
    (tmp_path / "good.toml").write_text(TEMPLATE)
    (tmp_path / "to_good.toml").symlink_to("good.toml")
    assert ns.load(tmp_path / "to_good.toml").title == "Sanctions and a ceasefire"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="this user may read everything")
def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.toml"
    path.write_text(TEMPLATE)
    path.chmod(0)
    assert "cannot be read: permission denied; expected a file that may be read" in message(path)


# Encodings and line ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (TEMPLATE.encode("utf-16"), ":1: not UTF-8 text: it looks like UTF-16; expected a file saved as UTF-8"),
        (TEMPLATE.encode("utf-16-le"), ":1: not UTF-8 text: it looks like UTF-16; expected a file saved as UTF-8"),
        ('format = 1\ntitle = "Sécurité"\n'.encode("latin-1"), ":2: not UTF-8 text; expected a file saved as UTF-8, got the byte 0xe9"),
        (b"format = 1\n\xed\xa0\x80", ":2: not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ":1: not UTF-8 text"),
        (b"", ":1: this is no scenario file of this library: format is missing"),
        (b"x" * 1_000_001, ": the file is too large; expected at most 1000000 bytes"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(content)
    assert f"file.toml{expected}" in message(path)


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEMPLATE.replace("\n", "\r\n").encode())
    assert ns.load(path).text == TEMPLATE
    path.write_bytes(b"\xef\xbb\xbf" + TEMPLATE.replace("bite = {value", "bite = {vlaue").replace("\n", "\r\n").encode())
    line = TEMPLATE[: TEMPLATE.index("bite = {value")].count("\n") + 1
    assert f"file.toml:{line}: parameters.bite" in message(path)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(ScenarioError, match="<text>:2: the text holds half a character"):
        ns.loads('format = 1\ntitle = "\ud800"\n')


def test_a_long_text_is_refused() -> None:
    with pytest.raises(ScenarioError, match="the text is too long; expected at most 1000000 bytes, got 1000001"):
        ns.loads("é" * 500_000 + "x")


# What a file says --------------------------------------------------------------------------------------------------------------


def test_the_fields_of_a_file() -> None:
    scenario = ns.loads(
        'format = 1\ntitle = "T"\n[parameters]\np = 2\nq = {value = 1, domain = [0, inf]}\n'
        '[actors.A]\noptions = ["a", "b"]\npayoff = {x = "p"}\n[actors.B.instruments]\ni = {c = "C"}\nj = ["d"]\n'
        '[variants.v]\noptions = {"B.i" = ["c"]}\nparameters = {p = 1}\n',
        "here",
    )
    assert scenario.form == "simultaneous"
    assert scenario.source == "here"
    assert dict(scenario.parameters) == {"p": Parameter(2.0), "q": Parameter(1.0, None, (0.0, np.inf))}
    assert all(isinstance(p.value, float) for p in scenario.parameters.values())
    assert scenario.actors["A"] == Actor("", ("a", "b"), None, {"x": "p"})
    assert scenario.actors["B"] == Actor("", None, {"i": {"c": "C"}, "j": ("d",)}, {})
    assert [i.key for i in scenario.instruments] == ["A", "B.i", "B.j"]
    assert scenario.variants["v"] == Variant({"p": 1.0}, {"B.i": ("c",)})


def test_problems_are_told_in_the_order_of_the_file() -> None:
    broken = (
        TEMPLATE.replace('truce = "A.accept"  ', 'truce = "A.acept"')
        .replace("cost = {value = 0.5", "cost = {value = -1")
        .replace("face = 0}", "fase = 0}")
    )
    with pytest.raises(ScenarioError) as caught:
        ns.loads(broken)
    lines = [problem.line for problem in caught.value.problems]
    assert len(lines) == 3
    assert lines == sorted(lines)
    assert [broken.splitlines()[line - 1].split(" = ")[0] for line in lines] == ["cost", "truce", "parameters"]


def test_columns_of_formulas() -> None:
    def place(text: str) -> tuple[int | None, int | None]:
        with pytest.raises(ScenarioError) as caught:
            ns.loads(f'format = 1\ntitle = "T"\n[actors.A]\noptions = ["a"]\n[actors.A.payoff]\nterm = {text}\n')
        return caught.value.problems[0].line, caught.value.problems[0].column

    assert place('"1 + $"') == (6, 13)
    assert place("'1 + $'") == (6, 13)
    assert place('"""1 + $"""') == (6, None)
    assert place('"\\u0031 + $"') == (6, None)  # escapes: characters cannot be counted


# Places ------------------------------------------------------------------------------------------------------------------------


def paths(data: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(data, dict):
        for key, part in data.items():
            yield (*where, key)
            yield from paths(part, (*where, key))
    elif isinstance(data, list):
        for n, part in enumerate(data):
            yield (*where, str(n))
            yield from paths(part, (*where, str(n)))


ODD = "\n".join(
    [
        "# a comment = 1",
        'a.b . "c d" = 1   # dotted',
        "'lit.x' = 2",
        r'"esc\u0041" = "x # no comment"',
        'multi = """',
        "[not.a.table]",
        r'key = "no key" \"""',
        '"""',
        "raw = '''",
        "[no] = 'x' ''",
        "'''",
        "list = [ # comment ]",
        "  1, [2, \"]\"], {in = {line = 3}, s.t = '}'},",
        "]",
        "when = 1979-05-27 07:32:00",
        '[ t . "u.v" ]  # comment',
        'x = """a""b"""',
        "[[t.rows]]",
        "n = 1",
        "[t.rows.inner]",
        "m = 1",
        "[[t.rows]]",
        "n = 2",
        "[t]",
        "late = true",
        "",
    ]
)


@pytest.mark.parametrize("text", [ODD, TEMPLATE, *(path.read_text(encoding="utf-8") for path in LIBRARY.glob("*.toml"))])
def test_every_key_has_its_line(text: str) -> None:
    places = scan(text)
    data = tomllib.loads(text)
    assert set(places.places) == set(paths(data))
    assert places.unclosed is None
    lines = text.splitlines()
    for path in paths(data):
        line = lines[places.line(path) - 1]
        assert path[-1].isdigit() or path[-1] in line or "\\u0041" in line, path


def test_places_of_some_keys() -> None:
    places = scan(ODD)

    def text(*path: str) -> str:
        return ODD.splitlines()[places.line(path) - 1].strip()

    assert text("t", "rows", "1", "n") == "n = 2"
    assert text("t", "rows", "0", "inner", "m") == "m = 1"
    assert text("list", "2", "in", "line").startswith("1, [2")
    assert text("t", "late") == "late = true"
    assert text("list", "9", "unknown") == "list = [ # comment ]"
    assert places.line(("nowhere",)) == 1
    assert places.text_position(("escA",), 1) == (4, 16)
    assert places.text_position(("x",), 1) is None


# Writing -----------------------------------------------------------------------------------------------------------------------


def same(first: Scenario, second: Scenario) -> bool:
    return all(getattr(first, name) == getattr(second, name) and list_order(first, name) == list_order(second, name) for name in FIELDS)


def list_order(scenario: Scenario, name: str) -> list[str] | None:
    part = getattr(scenario, name)
    return list(part) if isinstance(part, dict) else None


@pytest.mark.parametrize("name", sorted(path.stem for path in LIBRARY.glob("*.toml")))
def test_built_in_scenarios_are_written_and_read_back(name: str) -> None:
    scenario = ns.load(name)
    text = ns.dumps(scenario)
    again = ns.loads(text)
    assert same(scenario, again)
    assert ns.dumps(again) == text
    assert scenario.game().payoffs.tobytes() == again.game().payoffs.tobytes()


names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True).map(lambda name: f"n_{name}")
numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), max_size=20
)
texts = st.one_of(texts, st.sampled_from(['"', "\\", '"""', "'''", "\n", "\t", "a\\", "#", "é\u00a0\U0001f600"]))
options = st.one_of(
    st.lists(names, min_size=1, max_size=3, unique=True).map(tuple), st.dictionaries(names, texts, min_size=1, max_size=3)
)  # fmt: skip


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    used = draw(st.lists(names, min_size=6, max_size=8, unique=True))
    parameters = {}
    for name in used[:3]:
        low, value, high = sorted(draw(st.tuples(numbers, numbers, numbers)))
        parameters[name] = Parameter(
            value,
            draw(st.sampled_from([None, (low, high)])),
            draw(st.sampled_from([(-np.inf, np.inf), (low, high), (low, np.inf)])),
            draw(texts),
            draw(texts),
        )
    formulas = st.sampled_from([used[0], f"{used[1]} +\n 2", "1e-5", f"abs({used[2]})"])
    payoffs = st.dictionaries(names, formulas, max_size=2)
    actors = {used[3]: Actor(draw(texts), draw(options), None, draw(payoffs))}
    actors[used[4]] = Actor(draw(texts), None, draw(st.dictionaries(names, options, min_size=1, max_size=3)), draw(payoffs))
    stages = (Stage((used[4],), draw(texts)), Stage((used[3],)))
    first = next(iter(actors[used[3]].options or ()))
    return Scenario(
        title=draw(texts),
        note=draw(texts),
        parameters=parameters,
        actors=actors,
        definitions={used[5]: draw(formulas)},
        forms=draw(st.sampled_from([{}, {"f": Form(stages, "label")}])),
        outcomes=draw(st.sampled_from([{}, {"o": Outcome(f"{used[3]}.{first}", "l"), "p": Outcome("True")}])),
        constraints=draw(st.sampled_from([{}, {"c": Constraint("False", "never")}])),
        variants=draw(
            st.sampled_from(
                [{}, {"v": Variant({used[0]: parameters[used[0]].value}, {used[3]: (first,)}, "simultaneous", "l", "m"), "w": Variant()}]
            )
        ),
        available=draw(st.sampled_from([{}, {used[3]: (first,)}])),
    )


@given(scenarios())
def test_scenarios_are_written_and_read_back(scenario: Scenario) -> None:
    text = ns.dumps(scenario)
    again = ns.loads(text)
    assert same(scenario, again), text
    assert ns.dumps(again) == text
    assert set(scan(text).places) == set(paths(tomllib.loads(text)))


def test_what_a_file_cannot_hold() -> None:
    scenario = Scenario("T", {"x": Parameter(1.0)}, {"A": Actor(options=["a"], payoff={"f": lambda x: x})})
    with pytest.raises(ScenarioError, match=r"actors.A.payoff.f: a file cannot hold a Python function; expected a formula"):
        ns.dumps(scenario)
    with pytest.raises(
        ScenarioError, match=r"parameters.a_US: a file holds one number for each parameter; expected a number, got an array"
    ):
        ns.dumps(ns.load("istanbul-2025").replace(a_US=[0.0, 0.1]))


# Schema, template, imports -----------------------------------------------------------------------------------------------------


def test_the_schema_for_editors_is_up_to_date() -> None:
    kept = (LIBRARY / "scenario.schema.json").read_text(encoding="utf-8")
    hint = "write negotiation_sim.scenario.schema.json_schema() to negotiation_sim/scenario/library/scenario.schema.json"
    assert json.loads(kept) == json.loads(json_schema()), hint


def test_the_schema_knows_every_key() -> None:
    schema = json.loads(json_schema())
    assert set(schema["properties"]) == {"format", *FIELDS}
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["format", "title", "actors"]
    assert '"null"' not in json_schema()


def test_the_template_loads_and_shows_the_lesson(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    write_template(path)
    scenario = ns.load(path)
    assert path.read_text(encoding="utf-8") == TEMPLATE
    assert len(TEMPLATE.splitlines()) <= 60
    assert all(len(line) <= 120 for line in TEMPLATE.splitlines())
    empty = scenario.variant("empty_threat")

    def nash_outcomes(case: ns.Scenario) -> set[str]:
        probability = case.solve().class_probability(case.play_classes(), len(case.outcome_names))
        return {name for name, reached in zip(case.outcome_names, (probability > 1e-9).any(axis=0), strict=True) if reached}

    assert len(nash_outcomes(scenario)) == 1
    assert len(nash_outcomes(empty)) == 2  # the threat that is not credible survives in the simultaneous form, not in the timed one
    assert scenario.solve(form="answer_first").plays()[0][0] == "accept"
    assert empty.solve(form="answer_first").plays() == [("fight", "wait")]


def test_the_template_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious")
    with pytest.raises(ScenarioError, match="there is such a file already; expected the path of a new file"):
        write_template(path)
    assert path.read_text() == "precious"
    for wrong in (tmp_path / "no" / "folder.toml", "a\0b", tmp_path):
        with pytest.raises(ScenarioError, match=r"cannot be written|already"):
            write_template(wrong)


def test_pydantic_is_loaded_only_for_files() -> None:
    code = (
        "import sys, negotiation_sim as ns\n"
        "ns.Scenario('T', {'x': ns.Parameter(1)}, {'A': ns.Actor(options=['a'], payoff={'f': 'x'})})\n"
        "assert ns.builtin_names()\n"
        "assert 'pydantic' not in sys.modules\n"
        "ns.load('istanbul-2025')\n"
        "assert 'pydantic' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
