"""Gambit's .nfg files: read tolerantly, written strictly, broken ones refused on one line that says where."""

import io
import itertools
import json
import os
import re
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiation_sim.games import gambit_files, gambit_text
from negotiation_sim.games.exact import ExactGame
from negotiation_sim.games.gambit import GambitError, read_nfg, read_nfg_exact, write_nfg
from negotiation_sim.games.normal_form import NormalFormGame

HEAD = 'NFG 1 R "t" { "A" "B" } { 2 2 }\n'


def test_the_first_strategy_varies_fastest():
    text = 'NFG 1 R "" { "a" "b" "c" } { 2 3 2 }\n' + " ".join(str(k) for k in range(36))
    game = read_nfg(text)
    assert game.players == ("a", "b", "c")
    assert game.actions == (("1", "2"), ("1", "2", "3"), ("1", "2"))
    for (x, y, z), player in itertools.product(np.ndindex(2, 3, 2), range(3)):
        assert game.payoffs[player, x, y, z] == 3 * (x + 2 * y + 6 * z) + player


def test_outcomes_by_number_and_the_null_outcome():
    text = """NFG 1 R "with outcomes" { "A" "B" }
    { { "u" "d" }
    { "l" "r" } }
    "what it is about"
    { { "one" 1, 1/3 }
    { "" -2.5 1e1 }
    }
    1 0 2 1"""
    exact = read_nfg_exact(text)
    third = Fraction(1, 3)
    assert exact.exact.tolist() == [[[1, Fraction(-5, 2)], [0, 1]], [[third, 10], [0, third]]]
    assert (exact.title, exact.comment) == ("with outcomes", "what it is about")
    assert exact.game.actions == (("u", "d"), ("l", "r"))
    assert exact.game.payoffs[1, 0, 0] == 1 / 3


@pytest.mark.parametrize(
    ("written", "value"),
    [("1/3", Fraction(1, 3)), ("-6/4", Fraction(-3, 2)), ("0.52", Fraction(13, 25)), (".5", Fraction(1, 2)), ("5.", 5), ("1e3", 1000),
     ("-2.5E-1", Fraction(-1, 4)), ("+7", 7), ("123456789012345678901", 123456789012345678901), ("1e-400", Fraction(1, 10**400))],
)  # fmt: skip
def test_numbers_are_exact(written, value):
    exact = read_nfg_exact(f'NFG 1 R "" {{ "A" }} {{ 1 }} {written}')
    assert exact.exact.item() == value
    assert isinstance(exact.exact.item(), Fraction)
    assert exact.game.payoffs.item() == float(value)


def test_odd_files_are_read():
    text = (
        '\ufeff# a comment line\r\nnfg 1 { "say \\"hi\\"" "back\\\\slash \\n" // players\n "A" "A" ""\t"A (2)"}{2,1 1 1,1 1}'
        "1,2,3 4 5\n6\n\n7 8 9 10 11 12"
    )
    game = read_nfg(text)
    assert game.players == ('say "hi"', "back\\slash \\n", "A", "A (3)", "player 5", "A (2)")
    assert game.payoffs[0].reshape(-1).tolist() == [1, 7]
    old = read_nfg('NFG 1 D "two lines\nof title" {"" ""}\n{ { "x" "x" } { "" "1" } }\n1 1 0 2 0 2 1 1')
    assert old.players == ("player 1", "player 2")
    assert old.actions == (("x", "x (2)"), ("1 (2)", "1"))
    bare = read_nfg_exact("NFG 1 R Chicken of 1954 { Ann Bob } { { dare yield } { dare yield } }\n0 0 2 7 7 2 6 6")
    assert bare.title == "Chicken of 1954"
    assert bare.game.actions[1] == ("dare", "yield")
    for kind in ("R", "r", "D", "d"):
        assert read_nfg_exact(f'nfg 1 {kind} "t" {{ "A" }} {{ 1 }} 1').title == "t"


def test_files_in_other_encodings(tmp_path):
    path = tmp_path / "old.nfg"
    path.write_bytes('NFG 1 R "Zürich" { "Müller" } { 1 } 3'.encode("latin-1"))
    assert read_nfg(path).players == ("Müller",)
    path.write_bytes('NFG 1 R "Zürich" { "Müller" } { 1 } 3'.encode("utf-8-sig"))
    assert read_nfg(str(path)).players == ("Müller",)
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        path.write_bytes('NFG 1 R "Zürich" { "Müller" } { 1 } 3'.encode(encoding))
        with pytest.raises(GambitError, match=r"old\.nfg:1: encoding: .* looks like UTF-16; save the file as UTF-8"):
            read_nfg(path)


def test_what_is_no_path_and_no_text(tmp_path):
    path = tmp_path / "game.nfg"
    path.write_text(HEAD + "1 2 3 4 5 6 7 8")
    with path.open() as text, path.open("rb") as data:
        for wrong, advice in (
            (3, "Give the name of the file, a str or a pathlib.Path."),
            (None, "got None. Give the name of the file"),
            (b"NFG 1", "got bytes b'NFG 1'. Decode it: data.decode()."),
            (text, "Give what it holds: file.read()."),
            (data, "Give what it holds: file.read().decode()."),
            (io.StringIO("NFG"), "Give what it holds: file.read()."),
        ):
            with pytest.raises(TypeError, match=r"path_or_text must be the path of a \.nfg file, or its text; got ") as caught:
                read_nfg(wrong)
            assert advice in str(caught.value)
    for name in ("x" * 5000, "x\0y"):
        with pytest.raises(FileNotFoundError, match="there is no file 'x") as missing:
            read_nfg(name)
        assert len(str(missing.value)) < 200


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("NFG ", 1, "format version: expected 1, got the end of the file"),
        ('\n\nEFG 2 R "a tree" { }', 3, "got 'EFG', an extensive game. Let Gambit turn it into its strategic form: from_pygambit("),
        ("\nNGF 1 R", 2, "file type: expected NFG, a strategic game, got 'NGF'; did you mean NFG?"),
        ("\nnfgg 1 R", 2, "got 'nfgg'; did you mean NFG?"),
        ("\nhello", 2, "file type: expected NFG, a strategic game, got 'hello'"),
        ('NFG 1 Q "t" { "A" } { 1 } 1', 1, "number type: expected R or D before the title, got 'Q'"),
        ('NFG 1 R "t" "u" { "A" } { 1 } 1', 1, "one text in quotation marks, then the players in braces, got 'u' after 't'"),
        ('NFG 2 R "" { "A" } { 1 } 1', 1, "format version: expected 1, got '2'"),
        ("NFG 1 R \n{ } { 1 } 1", 2, "players: expected at least one name, got '}'"),
        ('NFG 1 R "t" { "A" 1 { 2', 1, "players: expected a name or }, got '{'"),
        ('NFG 1 R "t" { "A" "B" }\n{ 2 }\n', 2, "strategies of player 2 ('B'): expected a whole number from 1 to 10000000, got '}'"),
        ('NFG 1 R "t" { "A" "B" }\n{ 2 0 }\n', 2, "got '0'"),
        ('NFG 1 R "t" { "A" "B" }\n{ 2 2 2 }\n', 2, "strategies: expected } after those of 2 players, got '2'"),
        ('NFG 1 R "t" { "A" "B" }\n{ { "x" "y" }\n{ } }\n', 3, "strategies of player 2 ('B'): expected at least one name"),
        (HEAD + "1 2 3 4\n5 6 x 8", 3, "payoff 7 of 8: expected a number such as -2, 0.52, 1e3 or 1/3, got 'x'"),
        (HEAD + "1 2 3 4\n5 6 7", 3, "payoff 8 of 8: expected a number such as -2, 0.52, 1e3 or 1/3, got the end of the file"),
        (HEAD + "1 2 3 4\n5 6 7 8\n9", 4, "body: expected the end of the file after the 4 profiles of a 2 x 2 game, got '9'"),
        (HEAD + "1 2 3 1/0", 2, "a fraction whose denominator is not 0"),
        (HEAD + "1 2 3 nan", 2, "got 'nan'"),
        (HEAD + "1 2 3 1_0", 2, "got '1_0'"),
        (HEAD + "1 2 3 1e999999999", 2, "an exponent of at most 400"),
        (HEAD + "1 2 3 1e309", 2, "a number that fits a float"),
        (HEAD + "1 2 3 " + "9" * 2000, 2, "got '9999"),
        (HEAD + "1 2 3 " + "9" * 400 + "/2", 2, "a number that fits a float"),
        (HEAD + "1 2 3 ٣", 2, "expected a number"),
        (HEAD + '{ { "" 1 2 }\n{ "" 3 } } 1 1 1 1', 3, "payoff 2 of 2 of outcome 2"),
        (HEAD + '{ { "" 1 2 3 } } 1 1 1 1', 2, "outcome 1: expected } after 2 payoffs, got '3'"),
        (HEAD + '{ { "" 1 2 } }\n1 1 2 1', 3, "outcome of profile 3 of 4: expected a whole number from 0 to 1, got '2'"),
        (HEAD + '{ 1 2 }', 2, "outcomes: expected { and another outcome, or }, got '1'"),
        ('NFG 1 R "never closed { "A" }\n{ 1 } 1', 1, "then the players in braces, got 'A' after 'never closed { '"),
        ('NFG 1 R "t" { "A" }\n{ 1 } "never closed \\"', 2, "a name: expected a closing quotation mark, got the end of the file"),
        ('NFG 1 R "t" { "A" "B" } { 10000000 10000000 } 1', 1, "at most 10000000 payoffs in all"),
        ('NFG 1 R "t" { "A" } { 9999999 } 1', 1, "too short to hold them"),
        ('NFG 1 R "t" {' + ' "A"' * 61 + "}", 1, "players: expected at most 60, got more"),
        ('NFG 1 R "t" { "' + "A" * 1001 + '" } { 1 } 1', 1, "a name of at most 1000 characters, got 1001"),
    ],
)  # fmt: skip
def test_broken_files_are_refused_on_one_line(text, line, said):
    started = time.perf_counter()
    with pytest.raises(GambitError) as caught:
        read_nfg(text)
    assert time.perf_counter() - started < 1
    assert caught.value.line == line
    message = str(caught.value)
    assert message.startswith(f"text:{line}: ")
    assert said in message
    assert "\n" not in message
    assert len(message) < 300


def test_errors_name_the_file(tmp_path):
    path = tmp_path / "broken.nfg"
    path.write_text(HEAD + "1 2 \x1b[31m")
    with pytest.raises(GambitError) as caught:
        read_nfg(path)
    assert str(caught.value).startswith(f"{path}:2: payoff 3 of 8")
    assert "\x1b" not in str(caught.value)


def test_files_and_texts_have_a_largest_size(tmp_path, monkeypatch):
    monkeypatch.setattr(gambit_files, "MOST_BYTES", 20)
    path = tmp_path / "large.nfg"
    path.write_text(HEAD)
    with pytest.raises(GambitError, match=r"large\.nfg:1: size: expected at most 20 bytes, got more"):
        read_nfg(path)
    with pytest.raises(GambitError, match=r"text:1: size: expected at most 20 characters, got \d+"):
        read_nfg(HEAD)


def test_only_regular_files_are_opened(tmp_path):
    for missing in (tmp_path / "none.nfg", tmp_path, "nfg/none.nfg"):
        with pytest.raises(FileNotFoundError, match="starts with NFG"):
            read_nfg(missing)
    if hasattr(os, "mkfifo"):  # a pipe would keep us waiting
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(FileNotFoundError):
            read_nfg(tmp_path / "pipe")


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(lambda s: "\\" not in s)


@st.composite
def games(draw, payoff):
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)))
    values = draw(st.lists(payoff, min_size=len(shape) * int(np.prod(shape)), max_size=len(shape) * int(np.prod(shape))))
    array = np.array(values, dtype=object).reshape((len(shape), *shape))
    players = draw(st.lists(NAMES, min_size=len(shape), max_size=len(shape), unique=True))
    actions = [draw(st.lists(NAMES, min_size=n, max_size=n, unique=True)) for n in shape]
    return array, players, actions


@settings(max_examples=60)
@given(games(st.floats(allow_nan=False, allow_infinity=False)), st.sampled_from(["payoff", "outcome"]), NAMES)
def test_written_floats_read_back_bit_for_bit(parts, version, title):
    game = NormalFormGame(parts[0].astype(float), parts[1], parts[2])
    text = write_nfg(game, title=title, version=version)
    again = read_nfg(text)
    assert again.payoffs.tobytes() == game.payoffs.tobytes()
    assert (again.players, again.actions) == (game.players, game.actions)
    assert read_nfg_exact(text).title == title
    assert write_nfg(again, title=title, version=version) == text


NUMBERS = st.one_of(st.fractions(), st.integers(), st.decimals(-1000, 1000), st.fractions(max_denominator=9).map(str))


@settings(max_examples=25)
@given(games(NUMBERS), st.sampled_from(["payoff", "outcome"]))
def test_written_fractions_read_back_exactly(parts, version):
    game = ExactGame.of(parts[0], parts[1], parts[2], title="as given")
    again = read_nfg_exact(write_nfg(game, version=version))
    assert (again.exact == game.exact).all()
    assert again.game.payoffs.tobytes() == game.game.payoffs.tobytes()
    assert (again.title, again.comment) == ("as given", "")


def test_files_are_written(tmp_path):
    game = NormalFormGame.from_arrays([[0.1, 7], [2, -0.0]], [[1e-7, 2], [1e22, 6]], players=["Änn", 'B "x"'])
    text = write_nfg(game, tmp_path / "game.nfg", title="T", comment="C", version="outcome")
    assert (tmp_path / "game.nfg").read_bytes() == text.encode()
    assert read_nfg(tmp_path / "game.nfg").payoffs.tobytes() == game.payoffs.tobytes()
    assert text == (
        'NFG 1 R "T" { "Änn" "B \\"x\\"" }\n\n{ { "1" "2" }\n{ "1" "2" }\n}\n"C"\n\n'
        '{\n{ "" 0.1, 1e-07 }\n{ "" 2, 1e+22 }\n{ "" 7, 2 }\n{ "" -0, 6 }\n}\n1 2\n3 4\n'
    )


def test_what_gambit_could_not_read_is_not_written():
    pair = [[[1.0, 2]]]
    for name in ("ends\\", 'a\\"b', "a\\\\b", "\ud800"):
        with pytest.raises(ValueError, match=r"players\[0\] cannot be written"):
            write_nfg(NormalFormGame(pair[0], [name]))
    with pytest.raises(ValueError, match=r"actions\[0\]\[1\] cannot be written: expected 1 to 1000 characters"):
        write_nfg(NormalFormGame(pair[0], ["A"], [["x", "y" * 1001]]))
    with pytest.raises(ValueError, match="NaN or infinite"):
        write_nfg(NormalFormGame([[1.0, np.inf]], ["A"]))
    with pytest.raises(ValueError, match=r"got a batch \(3,\)"):
        write_nfg(NormalFormGame(np.zeros((3, 2, 2, 2)), ["A", "B"]))
    with pytest.raises(ValueError, match="version must be"):
        write_nfg(NormalFormGame(pair[0], ["A"]), version="both")


def test_exact_payoffs():
    game = ExactGame.of([[[1, "1/3"], [Decimal("0.1"), np.int64(4)]], [[Fraction(2, 7), 0.5], ["1e-2", np.float64(0.1)]]])
    assert game.exact[0, 0, 1] == Fraction(1, 3)
    assert game.exact[0, 1, 0] == Fraction(1, 10)
    assert game.exact[1, 1, 1] == Fraction(0.1) != Fraction(1, 10)
    assert not game.exact.flags.writeable
    assert ExactGame.of(np.zeros((5, 2, 2, 2), dtype=int)).game.batch_shape == (5,)
    for wrong in ("one", "1/0", "1e999999", float("nan"), None, 1j, "9" * 2000):
        with pytest.raises(ValueError, match=r"payoffs must be integers, fractions, decimals .* at \[0, 1\]"):
            ExactGame.of([[0, wrong]])
    for wrong, said in (
        ([["1/0", 1]], "got '1/0' at [0, 0], whose denominator is 0"),
        (None, "got None"),
        ([[1, 2], [3]], "got a ragged list: 2 entries at [0], 1 at [1]"),
        ([[np.zeros(2), np.zeros(3)]], "got a ragged list: 2 entries at [0][0], 3 at [0][1]"),
        ([[(3, 3), (0, 5)], [(5, 0), (1, 1)]], "Give numpy.moveaxis(cells, -1, 0)"),
    ):
        with pytest.raises(ValueError, match="payoffs must") as caught:
            ExactGame.of(wrong)
        assert said in str(caught.value)
    with pytest.raises(ValueError, match="players must be a list of names"):
        ExactGame.of([[1, 2]], players=3)
    with pytest.raises(ValueError, match="title must be text; got int 3"):
        ExactGame.of([[1, 2]], ["A"], title=3)
    with pytest.raises(TypeError, match="ExactGame takes a NormalFormGame; got int 3"):
        ExactGame(3, game.exact)
    with pytest.raises(TypeError, match=r"exact must be an array of fractions; got int 4\. ExactGame\.of makes"):
        ExactGame(game.game, 4)
    with pytest.raises(ValueError, match="must fit a float"):
        ExactGame.of([[0, 10**400]])
    with pytest.raises(ValueError, match="of the shape of the game's payoffs"):
        ExactGame(game.game, game.exact[0])


def test_only_a_game_is_written_and_where_it_can_be(tmp_path):
    game = NormalFormGame([[1.0, 2]], ["A"])
    for wrong in ([[1, 2]], game.payoffs, None):
        with pytest.raises(TypeError, match=r"write_nfg takes a NormalFormGame; got .* NormalFormGame\.from_arrays\(A, B\)"):
            write_nfg(wrong)
    for name in ("title", "comment"):
        with pytest.raises(ValueError, match=f"{name} must be text; got int 3"):
            write_nfg(game, **{name: 3})
    with pytest.raises(TypeError, match="path must be the path of a file to write; got int 3"):
        write_nfg(game, 3)
    with pytest.raises(IsADirectoryError, match=r"path must be the path of a file to write; got the folder .* Add a name to it"):
        write_nfg(game, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"path must lie in a folder that exists; there is no folder .*none'\. Make it first"):
        write_nfg(game, tmp_path / "none" / "x.nfg")


def test_the_note_of_a_game_becomes_the_comment():
    game = NormalFormGame([[1.0, 2]], ["A"], note="Its numbers are stylised.")
    assert read_nfg_exact(write_nfg(game)).comment == game.note
    assert read_nfg_exact(write_nfg(game, comment="Another.")).comment == "Another."
    assert read_nfg_exact(write_nfg(game, comment="")).comment == ""
    exact = np.array([[Fraction(1), Fraction(2)]], dtype=object)
    assert read_nfg_exact(write_nfg(ExactGame(game, exact))).comment == game.note
    assert read_nfg_exact(write_nfg(ExactGame(game, exact, comment="Own."))).comment == "Own."


PIECES = ["NFG", "1", "R", '"', '"a"', "{", "}", "2", "0", "-1", "1/3", ",", "\n", " ", "\\", "#", "//", "1e5", "99999999", "\0", "é"]
PIECES.append("\u2028")


def refusal(text):
    """What reading the text fails with, if it does."""
    try:
        read_nfg(text)
        read_nfg_exact(text)
    except (GambitError, FileNotFoundError) as error:
        return error
    return None


@settings(max_examples=80)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.booleans())
def test_hostile_text_is_read_or_refused(pieces, valid_head):
    error = refusal(("NFG 1 R " if valid_head else "\n") + "".join(pieces))
    assert error is None or (str(error).startswith("text:") and len(str(error).splitlines()) == 1)


@settings(max_examples=80)
@given(st.integers(0, 200), st.integers(0, 3), st.sampled_from(PIECES), st.sampled_from(["payoff", "outcome"]))
def test_damaged_files_are_read_or_refused(at, length, piece, version):
    game = NormalFormGame.from_arrays([[0.5, 7], [2, 6]], [[0, 2], [7, -6]], players=["Ann", "Bob"])
    text = write_nfg(game, title="Chicken", version=version)
    error = refusal(text[:at] + piece + text[at + length :])
    assert error is None or len(str(error).splitlines()) == 1


def test_long_hostile_texts_take_no_time():
    started = time.perf_counter()
    for text in ('NFG 1 R "' + "\\" * 300_000, "NFG 1 R " + '"a\\' * 100_000, "NFG 1 R " + " ,#\n" * 100_000, "NFG 1 R" + "{" * 300_000):
        with pytest.raises(GambitError):
            read_nfg(text)
    assert time.perf_counter() - started < 3


LONG = 400_000  # words; times taken grow in proportion, so ten megabytes are answered in seconds
ALONE = 'NFG 1 R "t" { "A" } '


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + '"x"' * LONG + " 1 2 3 4 5 6 7 8", "2: body: expected payoffs or outcomes after at most one comment, got 'x'"),
        (HEAD + '""' * LONG, "2: body: expected payoffs or outcomes after at most one comment, got ''"),
        (HEAD + '"' + '\\"' * LONG + '" 1 2 3 4 5 6 7 8 9', "2: body: expected the end of the file after the 4 profiles"),
        ("NFG 1 R " + "x " * LONG, "1: title: expected a text in quotation marks, or at most 100 words"),
        (ALONE + "{ {" + "x " * LONG + "} } " + "1 " * (LONG - 1) + "x", f"payoff {LONG} of {LONG}: expected a number such as"),
        (ALONE + f"{{ {LONG} }}" + "1 " * (LONG - 1) + "x", f"payoff {LONG} of {LONG}: expected a number such as"),
        (ALONE + f"{{ {LONG} }}" + "1/3 " * LONG + "4", f"expected the end of the file after the {LONG} profiles"),
        (ALONE + f"{{ {LONG} }}" + "1//a comment\n" * (LONG - 1), f"{LONG}: payoff {LONG} of {LONG}: expected a number such as"),
        (ALONE + f"{{ {LONG} }}" + "1\ufeff" * (LONG - 1) + "1e401", "expected an exponent of at most 400, got '1e401'"),
        (ALONE + "{ 1 } {" + '{"" 1 # one\n}' * LONG + f"}} {LONG + 1}", f"a whole number from 0 to {LONG}, got '{LONG + 1}'"),
        (ALONE + "{ 1 } {" + "{1}" * LONG + "{1 2}}", f"outcome {LONG + 1}: expected }} after 1 payoffs, got '2'"),
        (ALONE + f"{{ {LONG} }} {{}}" + "0 " * (LONG - 1) + "1", f"outcome of profile {LONG} of {LONG}: expected a whole number"),
        (HEAD + "\r\n" * LONG, f"{LONG + 2}: payoff 1 of 8"),
    ],
    ids=range(13),
)  # fmt: skip
def test_long_texts_are_read_many_words_at_a_time(text, said):
    started = time.perf_counter()
    with pytest.raises(GambitError) as caught:
        read_nfg(text)
    assert time.perf_counter() - started < 1.5
    assert said in str(caught.value)


@settings(max_examples=300)
@given(st.text("0123456789.eE+-/_ n", min_size=1, max_size=9).filter(str.strip), st.sampled_from(["", "1 ", "# 2\n", "3, 4//5\n"]))
def test_many_numbers_at_a_time_are_the_same_numbers(text, before):
    def read(words, count, together):
        try:
            if together:
                return words.numbers(count, lambda k: "number")
            return [words.number("number") for _ in range(count)]
        except GambitError as error:
            return str(error)

    count = len(re.sub("(#|//)[^\n]*", "", (before + text).replace(",", " ")).split())
    found = read(gambit_text.Words(before + text, "text"), count, True)
    assert found == read(gambit_text.Words(before + text, "text"), count, False)


@pytest.mark.parametrize("version", ["payoff", "outcome"])
def test_a_large_game_is_read_in_many_pieces(version):
    payoffs = np.random.default_rng(0).integers(-99, 99, (2, 200, 211)) / 8
    text = write_nfg(NormalFormGame(payoffs, ["A", "B"]), version=version)
    assert len(text) > 3 * gambit_text._PIECE
    np.testing.assert_array_equal(read_nfg(text).payoffs, payoffs)
    comments = text.replace("\n", " # 1 2 3\n").replace(" 1.5", "\ufeff1.5//\r\n")
    np.testing.assert_array_equal(read_nfg(comments).payoffs, payoffs)


def test_comments_may_touch_a_word():
    game = read_nfg('NFG 1 R "a # b"# title\n{ "A"//one\r"B" } { 2 2 }\n1 2 3 4# first\n5 6 7 8# end')
    assert game.payoffs[1].tolist() == [[2, 6], [4, 8]]
    with pytest.raises(GambitError, match=r"text:2: payoff 2 of 8: expected a number .*, got the end"):
        read_nfg(HEAD + "1///2 3")


def exact_payoffs(folder):
    """Payoffs as the conformance data state them, by file."""
    known = {}
    for case in json.loads((folder / "expected" / "bimatrix.json").read_text()):
        known[case.get("file")] = [case["A"], case["B"]]
    for case in json.loads((folder / "expected" / "nplayer.json").read_text()):
        known[case.get("file")] = case.get("payoffs")
    return {name: payoffs for name, payoffs in known.items() if name and name.endswith(".nfg")}


def test_gambits_own_files(conformance):
    files = sorted((conformance / "games").rglob("*.nfg"))
    known = exact_payoffs(conformance)
    assert len(files) == 47
    checked = 0
    for path in files:
        game = read_nfg_exact(path)
        assert read_nfg(path).payoffs.tobytes() == game.game.payoffs.tobytes()
        for version in ("payoff", "outcome"):
            again = read_nfg_exact(write_nfg(game, version=version))
            assert (again.exact == game.exact).all()
            assert (again.game.players, again.game.actions, again.title) == (game.game.players, game.game.actions, game.title)
        stated = known.get(path.relative_to(conformance / "games").as_posix())
        if stated is not None:
            checked += 1
            expected = np.array(stated, dtype=object)
            assert expected.shape == game.exact.shape
            assert [Fraction(str(v)) for v in expected.ravel()] == game.exact.ravel().tolist(), path
    assert checked == 38


def test_expected_payoffs_of_gambits_own_files(conformance):
    checked = set()
    for case in json.loads((conformance / "expected" / "evaluation.json").read_text()):
        if not case["file"].endswith(".nfg"):
            continue
        value = read_nfg_exact(conformance / "games" / case["file"]).exact
        for strategy in reversed(case["profile"]):
            value = value @ np.array([Fraction(p) for p in strategy], dtype=object)
        assert value.tolist() == [Fraction(u) for u in case["payoffs"]], case["file"]
        checked.add(case["file"])
    assert len(checked) > 30


@pytest.mark.parametrize("note", ["ends with \\", 'a \\" inside', "lone \ud800"])
def test_a_note_that_gambit_cannot_read_is_left_out(note):
    game = NormalFormGame.from_arrays([[1, 2]], [[3, 4]], note=note)
    assert read_nfg_exact(write_nfg(game)).comment == ""
    with pytest.raises(ValueError, match="comment cannot be written"):
        write_nfg(game, comment=note)
