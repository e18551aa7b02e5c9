"""Broken and hostile files: one clear line each, quickly, and nothing of them is run.

Every file of the corpus says in its first line what is expected: ``# line 7: part of the message``.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import negotiation_sim as ns
from negotiation_sim.scenario.model import Scenario
from negotiation_sim.scenario.problem import MOST_PROBLEMS, ScenarioError
from negotiation_sim.scenario.template import TEMPLATE

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.toml"))
EXPECTED = re.compile(r"# line (\d+): (.+)")
SECONDS = 2.0 if sys.gettrace() is None else 10.0  # of this process, without what coverage adds


@contextmanager
def nothing_is_run() -> Iterator[None]:
    """Files that try to run code would call eval or exec, or leave a canary in the working folder."""

    def trap(*_: object, **__: object) -> None:
        raise AssertionError("text of a scenario was run")

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.chdir(folder)
        patch.setattr("builtins.eval", trap)
        patch.setattr("builtins.exec", trap)
        yield
        assert not list(Path(folder).iterdir())


ns.loads(TEMPLATE)  # what is imported late is imported now


def problems_of(text: str) -> ScenarioError:
    start = time.process_time()
    with nothing_is_run(), pytest.raises(ScenarioError) as caught:
        ns.loads(text, "file.toml")
    assert time.process_time() - start < SECONDS
    assert 1 <= len(caught.value.problems) <= MOST_PROBLEMS
    assert all(len(str(problem)) < 700 and "\n" not in str(problem) for problem in caught.value.problems)
    assert all(problem.file == "file.toml" and problem.line is not None for problem in caught.value.problems)
    return caught.value


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) >= 40
    assert all(path.stat().st_size < 6000 for path in CORPUS)


@pytest.mark.parametrize("path", CORPUS, ids=[path.stem for path in CORPUS])
def test_corpus(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = EXPECTED.search(text.split("\n", 1)[0])
    assert expected is not None
    line, fragment = int(expected[1]), expected[2]
    error = problems_of(text)
    told = [(problem.line, str(problem)) for problem in error.problems]
    assert any(at == line and fragment in what for at, what in told), f"expected line {line}: {fragment}\ngot\n{error}"


# Files too large to keep -------------------------------------------------------------------------------------------------------

HEAD = 'format = 1\ntitle = "T"\n'
ACTOR = '[actors.A]\noptions = ["a", "b"]\n[actors.A.payoff]\nterm = "x"\n'


def chain(count: int) -> str:
    return '[definitions]\nd0 = "A.a"\n' + "".join(f'd{n} = "d{n - 1} + 1"\n' for n in range(1, count))


LARGE = {
    "brackets": ("x = " + "[" * 100_000, 3, "brackets are nested too deeply; expected at most 32 levels"),
    "closed-brackets": ("x = " + "[" * 50_000 + "]" * 50_000, 3, "brackets are nested too deeply"),
    "inline-tables": ("x = " + "{a = " * 50_000 + "1" + "}" * 50_000, 3, "brackets are nested too deeply"),
    "brackets-in-header": ("[" * 100_000, 3, "not TOML"),
    "dotted-key": (".".join(["a"] * 100_000) + " = 1", 3, "this key has too many dots"),
    "dotted-header": ("[" + ".".join(["a"] * 100_000) + "]", 3, "this key has too many dots"),
    "long-key": ("k" * 100_000 + " = 1", 3, "this key is too long"),
    "long-quoted-key": ('"' + "k" * 100_000 + '" = 1', 3, "this key is too long"),
    "key-300": ("[parameters]\n" + "k" * 300 + " = 1", 4, "this key is too long"),
    "integer-5000": ("[parameters]\nx = " + "9" * 5000, 4, "this value is too long"),
    "integer-5000-in-list": ("[parameters]\nx = {value = 1, range = [0, " + "9" * 5000 + "]}", 4, "this value is too long"),
    "float-digits": ("[parameters]\nx = 0." + "1" * 5000, 4, "this value is too long"),
    "tables": ("".join(f"[t{n}]\n" for n in range(100_000)), None, "too many entries"),
    "keys": ("".join(f"k{n} = 1\n" for n in range(80_000)), None, "too many entries"),
    "list": ("x = [" + "1," * 300_000 + "]", None, "too many entries"),
    "unclosed-list": ("x = [" + "1,\n" * 5_000, 3, "this [ is never closed"),
    "unclosed-text": ('x = "' + "\\n" * 400_000, 3, 'this " is never closed'),
    "unclosed-long-text": ('x = """' + '""a' * 300_000, 3, 'this " is never closed'),
    "unknown-keys": ("".join(f"k{n} = 1\n" for n in range(15_000)), 3, "unknown key 'k0'"),
    "unknown-parameter-keys": ("[parameters]\n" + "".join(f"k{n} = {{valeu = 1}}\n" for n in range(9_000)), 4, "'value' is missing"),
    "parameters": (
        "[parameters]\n" + "".join(f"k{n} = 1\n" for n in range(10_000)) + ACTOR,
        3,
        "too many parameters; expected at most 500, got 10000",
    ),
    "one-formula": (f'{ACTOR}long = "{"x+" * 300_000}1"\n', 7, "the formula is too long; expected at most 2000 characters, got 600001"),
    "long-formula": (f'{ACTOR}long = "{"x+" * 2_000}1"\n', 7, "the formula is too long; expected at most 2000 characters, got 4001"),
    "formula-brackets": (f'{ACTOR}long = "{"(" * 100_000}"\n', 7, "the formula is too long"),
    "many-formulas": (
        "[definitions]\n" + "".join(f'd{n} = "{"A.a + " * 280}{n}"\n' for n in range(400)) + ACTOR,
        122,
        "here all formulas together become too long; expected at most 200000 characters",
    ),
    "similar-names": (
        "[parameters]\n"
        + "".join(f"{'ab' * 30}{n:03d} = 1\n" for n in range(500))
        + ACTOR
        + "".join(f't{n} = "{"ba" * 30}{n:03d}"\n' for n in range(90)),
        507,
        "unknown name 'x'",
    ),
    "definition-chain": (chain(500) + ACTOR, 104, "definitions build on each other too deeply; expected at most 100 levels"),
    "many-options": (
        "[actors.A]\noptions = [" + ", ".join(f'"o{n}"' for n in range(15_000)) + "]\n",
        4,
        "too many options; expected at most 50",
    ),
    "many-plays": ("[actors.A.instruments]\n" + "".join(f'i{n} = ["a", "b"]\n' for n in range(24)), 3, "too many plays in the base case"),
    "many-actors": ("".join(f'[actors.A{n}]\noptions = ["a"]\n' for n in range(5000)), 3, "too many actors"),
    "comments": ("#" * 900_000 + "\n" + "x = 1", 4, "unknown key 'x'"),
    "blank-lines": ("\n" * 900_000 + "x = 1", 900_003, "unknown key 'x'"),
    "equals-signs": ("=" * 900_000, 3, "not TOML"),
    "title": (
        'note = "' + "n" * 900_000 + '"\n' + ACTOR.replace('"x"', '"1"'),
        3,
        "note: the text is too long; expected at most 4000 characters",
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_files(name: str) -> None:
    body, line, fragment = LARGE[name]
    error = problems_of(HEAD + body)
    assert any((line is None or problem.line == line) and fragment in str(problem) for problem in error.problems), str(error)[:1000]


def test_a_file_of_ten_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "huge.toml"
    path.write_bytes(b"# " + b"x" * 10_000_000)
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(ScenarioError, match="the file is too large; expected at most 1000000 bytes"):
        ns.load(path)
    assert time.process_time() - start < SECONDS
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


# Mutations ---------------------------------------------------------------------------------------------------------------------

SOURCES = [TEMPLATE, ns.load("istanbul-2025").text, ns.load("ceasefire-game").text]
SOURCES.append(TEMPLATE + '\n[constraints]\nnever_both = {never = "A.fight and B.wait and 1 > 2"}\n[available]\nA = ["accept", "fight"]\n')
PIECES = (
    *(
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        '"""',
        "'''",
        "=",
        ".",
        ",",
        "#",
        "\n",
        "\\",
        "(",
        ")",
        "-",
        "+",
        "**",
        "0",
        "1e999",
        "nan",
        "inf",
        "-inf",
    ),
    *(
        "true",
        "1979-05-27",
        "[[",
        "]]",
        "[parameters]",
        "[actors.A]",
        "options",
        "payoff.A",
        "A",
        "A.accept",
        "if",
        "else",
        "not ",
        "lambda",
    ),
    *("__class__", "format = 2", "\0", "\u202e", "\ufeff", "é", "\r", "\t", " ", "9" * 120, "[" * 50, "x" * 300, "A.b.c.d.e.f.g.h.i = 1"),
)


def mutated(rng: random.Random) -> str:
    text = rng.choice(SOURCES)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.choice((0, 1, 1, 3, 20, 200)))
        other = rng.randrange(len(text) + 1)
        piece = rng.choice(("", "", rng.choice(PIECES), rng.choice(PIECES), text[other : other + rng.choice((1, 5, 60))]))
        text = text[:start] + piece + text[end:]
    lines = text.split("\n")
    if rng.random() < 0.3:
        place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[place], lines[other] = lines[other], rng.choice((lines[place], lines[other]))
    return "\n".join(lines)


def load_or_refuse(text: str) -> Scenario | None:
    start = time.process_time()
    try:
        with nothing_is_run(), warnings.catch_warnings():
            warnings.simplefilter("error")
            scenario = ns.loads(text, "file.toml")
    except ScenarioError as error:
        scenario = None
        told = error.problems
    assert time.process_time() - start < SECONDS
    if scenario is None:
        assert told
        assert all("\n" not in str(problem) and problem.line is not None for problem in told)
        assert all(1 <= problem.line <= text.count("\n") + 1 for problem in told if problem.line)
    return scenario


def check_mutation(seed: int) -> None:
    scenario = load_or_refuse(mutated(random.Random(seed)))
    if scenario is not None:
        again = ns.loads(ns.dumps(scenario))
        assert again.actors == scenario.actors
        assert again.parameters == scenario.parameters
        scenario.game(scenario.form)
        scenario.play_classes()


@given(st.integers(0, 2**32))
@settings(max_examples=80)
def test_mutations_load_or_are_refused(seed: int) -> None:
    check_mutation(seed)


@pytest.mark.slow
def test_many_mutations_load_or_are_refused() -> None:
    for seed in range(5000):
        check_mutation(seed)


@given(st.text(max_size=200))
def test_any_text_is_refused(text: str) -> None:
    assert load_or_refuse(text) is None
    assert load_or_refuse(HEAD + text) is None


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bytes.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError):
        ns.load(path)
