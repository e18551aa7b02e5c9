"""The page holds only what was put in, escaped, and nothing from outside."""

from __future__ import annotations

import struct

from negotiation_sim._table import Table
from negotiation_sim.report.page import Bullets, Picture, Section, Text, page

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\x1b[2J"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 1600, 800, 8, 6, 0, 0, 0)


def test_everything_is_escaped(check_safe):
    table = Table([HOSTILE], [[HOSTILE], HOSTILE], HOSTILE, HOSTILE)
    contents = [Text(HOSTILE), Bullets([HOSTILE]), Picture(PNG, HOSTILE, HOSTILE), table]
    read = check_safe(page(HOSTILE, HOSTILE, [Section(HOSTILE, contents)], [HOSTILE]))
    assert read.text.count("<script>alert(1)</script>") >= 10
    assert "\x1b" not in read.text
    (image,) = [attributes for tag, attributes in read.tags if tag == "img"]
    assert "onerror" in image["alt"]
    assert (image["width"], image["height"]) == ("960", "480")


def test_the_note_stands_at_the_top_and_at_the_bottom(check_safe):
    text = page("T", "Stylised: so it is.", [Section("One", [Text("x")]), Section("Two", [Text("y")])])
    assert text.count('<p class="note">Stylised: so it is.</p>') == 2
    assert text.index("Stylised") < text.index("One</h2>")
    read = check_safe(text)
    targets = {attributes["id"] for _, attributes in read.tags if "id" in attributes}
    assert {attributes["href"] for _, attributes in read.tags if "href" in attributes} == {f"#{name}" for name in targets}
    assert ("html", {"lang": "en"}) in read.tags


def test_the_browser_is_told_to_load_nothing():
    head = page("T", "", [])
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in head
    assert '<meta name="viewport"' in head
