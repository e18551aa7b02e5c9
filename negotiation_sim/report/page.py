"""One self-contained page: words, tables and figures, readable on a phone, on paper and without a network.

Every text is escaped: a title may come from a stranger's file. The page holds no script and asks for nothing from outside, and says so
to the browser (content security policy).
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from negotiation_sim._table import Table

__all__ = ["DOTS", "Bullets", "Content", "Picture", "Section", "Text", "page"]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class Picture:
    """A figure: PNG bytes, words for those who can't see it, and a caption."""

    png: bytes
    alt: str
    caption: str


DOTS = 160
"""Dots an inch of a `Picture`."""

Content = Text | Bullets | Picture | Table


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    heading: str
    contents: Sequence[Content]


_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1c1c1c; line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1, h2 { line-height: 1.22; overflow-wrap: anywhere; }
h1 { font-size: 1.9rem; margin: 0 0 .6rem; }
h2 { font-size: 1.35rem; margin: 2.6rem 0 .6rem; padding-top: .6rem; border-top: 1px solid #d8d8d8; }
p, li { max-width: 46rem; overflow-wrap: break-word; }
li { margin: .35rem 0; }
.note { border-left: 4px solid #964a8b; background: #f6f0f5; padding: .6rem .9rem; max-width: 46rem; }
nav ul { list-style: none; padding: 0; margin: 1rem 0 0; display: flex; flex-wrap: wrap; gap: 0 1.2rem; }
nav li { margin: .2rem 0; }
a { color: #1f52b5; }
figure { margin: 1.4rem 0; }
figure .wide { margin: 0; }
figure img { display: block; max-width: 100%; height: auto; }
figcaption { color: #444; font-size: .92rem; max-width: 46rem; margin-top: .4rem; }
.wide { overflow-x: auto; margin: 1.2rem 0; }
.wide:focus-visible { outline: 2px solid #1f52b5; }
table { border-collapse: collapse; font-size: .9rem; line-height: 1.35; }
caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
th, td { padding: .3rem .7rem .3rem 0; vertical-align: top; border-bottom: 1px solid #e6e6e6; }
thead th { border-bottom: 2px solid #1c1c1c; vertical-align: bottom; }
th[scope="rowgroup"] { padding-top: .9rem; }
small { color: #444; font-size: .85rem; }
footer { border-top: 1px solid #d8d8d8; margin-top: 3rem; padding-top: 1rem; padding-bottom: 2rem; color: #444; font-size: .9rem; }
@media (max-width: 40rem) {
  main, header, footer { padding-left: .9rem; padding-right: .9rem; }
  h1 { font-size: 1.5rem; }
  h2 { font-size: 1.2rem; }
  ul { padding-left: 1.3rem; }
  table { min-width: 38rem; }
}
@media print {
  body { font-size: 10pt; }
  main, header, footer { max-width: none; padding: 0; }
  nav { display: none; }
  h2 { break-after: avoid; }
  figure, tr, .note { break-inside: avoid; }
  thead { display: table-header-group; }
  table { font-size: 8pt; }
  th, td { padding-right: .4rem; }
  .wide { overflow: visible; }
  figure img { min-width: 0 !important; max-height: 21cm; }
}
"""


def page(title: str, note: str, sections: Sequence[Section], foot: Iterable[str] = ()) -> str:
    """Write the page.

    Parameters
    ----------
    title : str
    note : str
        The sentence about the numbers; stands at the top and at the bottom.
    sections : sequence of Section
    foot : iterable of str
        Lines at the bottom: how the page was made.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> text = page("<b>", "Stylised.", [Section("A & B", [Bullets(["one"])])])
    >>> "<h1>&lt;b&gt;</h1>" in text, "<script" in text
    (True, False)
    """
    said = f'<p class="note">{_text(note)}</p>\n' if note else ""
    links = "".join(f'<li><a href="#part-{k}">{_text(section.heading)}</a></li>' for k, section in enumerate(sections, start=1))
    body = "\n".join(
        f'<section aria-labelledby="part-{k}">\n<h2 id="part-{k}">{_text(section.heading)}</h2>\n{_contents(section)}\n</section>'
        for k, section in enumerate(sections, start=1)
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{_text(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>{_text(title)}</h1>
{said}<nav aria-label="Contents"><ul>{links}</ul></nav>
</header>
<main>
{body}
</main>
<footer>
{said}{"".join(f"<p>{_text(line)}</p>" for line in foot)}
</footer>
</body>
</html>
"""


def _contents(section: Section) -> str:
    return "\n".join(_content(content) for content in section.contents)


def _content(content: Content) -> str:
    if isinstance(content, Text):
        return f"<p>{_text(content.text)}</p>"
    if isinstance(content, Bullets):
        return "<ul>\n" + "\n".join(f"<li>{_text(item)}</li>" for item in content.items) + "\n</ul>"
    if isinstance(content, Picture):
        width, height = _size(content.png)
        data = base64.b64encode(content.png).decode("ascii")
        # Shrunk further, its words could not be read: on a narrow screen it scrolls.
        size = f'width="{width}" height="{height}" style="min-width:{round(0.6 * width)}px"'
        image = f'<img {size} alt="{_text(content.alt)}" src="data:image/png;base64,{data}">'
        return f"<figure>\n{_scrolling(image, 'figure')}\n<figcaption>{_text(content.caption)}</figcaption>\n</figure>"
    return _scrolling(content.to_html(), content.title.split("\n")[0] or "table")


def _scrolling(inner: str, label: str) -> str:
    """Let wide things scroll; such a region must be reachable with the keyboard."""
    return f'<div class="wide" role="region" aria-label="{_text(label)}" tabindex="0">\n{inner}\n</div>'


def _size(png: bytes) -> tuple[int, int]:
    """Width and height in CSS pixels, from the file's first chunk, so that the text does not jump while figures load."""
    return tuple(round(int.from_bytes(png[at : at + 4], "big") * 96 / DOTS) for at in (16, 20))  # type: ignore[return-value]


def _text(text: str) -> str:
    """Escape a text, without control characters."""
    return html.escape(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", " ", text))
