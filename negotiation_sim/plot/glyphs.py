"""Characters that the fonts at hand can't draw: left alone, matplotlib would warn about each of them at every drawing."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any, cast

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, findfont, get_font

__all__ = ["drawable"]

_BOX = "\u25a1"


def drawable(text: str) -> str:
    """Replace every character that no font in use has by a box; drop those that only change their neighbours.

    Words in other scripts show as boxes unless a font that has them stands in matplotlib's ``font.family``. Alternative texts keep them.

    Examples
    --------
    >>> drawable("Zürich")
    'Zürich'
    """
    if text.isascii() and text.isprintable():
        return text
    fonts = _fonts(_families())
    return "".join(c if c == "\n" or _has(c, fonts) else " " if c.isspace() else "" if _clings(c) else _BOX for c in text)


def _clings(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Mn", "Me")


def _families() -> tuple[str, ...]:
    """Names of the fonts that the reader's settings ask for, generic ones resolved."""
    found: list[str] = []
    settings = cast("dict[str, Any]", mpl.rcParams)
    for family in FontProperties().get_family():
        found += settings.get(f"font.{family}", [family])
    return tuple(found)


@lru_cache
def _fonts(families: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Files of the fonts that exist, in each weight that figures use."""
    weights = []
    for weight in ("normal", "bold"):
        files = []
        for family in families:
            try:
                files.append(str(findfont(FontProperties(family=[family], weight=weight), fallback_to_default=False)))
            except ValueError:  # not installed
                continue
        weights.append(tuple(dict.fromkeys(files)) or (str(findfont(FontProperties(weight=weight))),))
    return tuple(weights)


@lru_cache(maxsize=4096)
def _has(character: str, fonts: tuple[tuple[str, ...], ...]) -> bool:
    return all(any(get_font(file).get_char_index(ord(character)) for file in files) for files in fonts)
