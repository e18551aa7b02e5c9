"""Where texts in Gambit's formats come from and go to: files, or the text itself."""

from __future__ import annotations

import codecs
import io
import os
import re
from pathlib import Path
from typing import Final

from negotiation_sim._words import shown
from negotiation_sim.games.arguments import short
from negotiation_sim.games.gambit_text import GambitError

__all__ = ["text_and_source", "write_text"]

MOST_BYTES: Final = 100_000_000


def text_and_source(path_or_text: object) -> tuple[str, str]:
    """Return the text and what to call it in messages; see `read_nfg` for what is a text and what a path."""
    if not isinstance(path_or_text, str | os.PathLike):
        advice = "Give the name of the file, a str or a pathlib.Path."
        if isinstance(path_or_text, bytes | bytearray):
            advice = "Decode it: data.decode()."
        if isinstance(path_or_text, io.IOBase):
            advice = f"Give what it holds: file.read(){'' if isinstance(path_or_text, io.TextIOBase) else '.decode()'}."
        raise TypeError(f"path_or_text must be the path of a .nfg file, or its text; got {short(path_or_text)}. {advice}")
    if isinstance(path_or_text, str) and re.match(r"[\s\ufeff]*NFG\s|[^\n\r]*[\n\r]", path_or_text, re.IGNORECASE):
        if len(path_or_text) > MOST_BYTES:
            raise GambitError("text", 1, f"size: expected at most {MOST_BYTES} characters, got {len(path_or_text)}")
        return path_or_text, "text"
    path = Path(os.fsdecode(path_or_text))
    if not _is_file(path):  # a pipe or a terminal could keep us waiting for ever
        there = shown(os.fsdecode(path_or_text))
        raise FileNotFoundError(f"expected the path of a .nfg file, or its text, which starts with NFG; there is no file {there}")
    with path.open("rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise GambitError(str(path), 1, f"size: expected at most {MOST_BYTES} bytes, got more")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4]:
        raise GambitError(str(path), 1, "encoding: expected UTF-8 or Latin-1, got what looks like UTF-16; save the file as UTF-8")
    try:
        return data.decode("utf-8"), str(path)
    except UnicodeDecodeError:
        return data.decode("latin-1"), str(path)


def write_text(path: object, text: str) -> None:
    """Write a file as UTF-8.

    Raises
    ------
    TypeError, FileNotFoundError, IsADirectoryError
        If it is no path, its folder does not exist, or it is a folder.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be the path of a file to write; got {short(path)}")
    target = Path(os.fsdecode(path))
    if target.is_dir():
        raise IsADirectoryError(f"path must be the path of a file to write; got the folder {shown(str(target))}. Add a name to it.")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"path must lie in a folder that exists; there is no folder {shown(str(target.parent))}. Make it first.")
    target.write_bytes(text.encode())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for any file
        return False
