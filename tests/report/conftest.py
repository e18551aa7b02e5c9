"""A reader of pages that refuses what could run, or load something."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """Checks that tags nest, and collects them with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def read_safely(text: str) -> Reader:
    read = Reader(text)
    assert not {tag for tag, _ in read.tags} & {"script", "iframe", "object", "embed", "link", "base", "form", "svg"}
    for tag, attributes in read.tags:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        source = attributes.get("src", "data:image/png;base64,")
        assert source.startswith("data:image/png;base64,")
        assert attributes.get("href", "#").startswith("#")
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert "url(" not in text
    return read


@pytest.fixture
def check_safe():
    """Reads a page, sees that nothing in it can run or load, and returns its tags and text."""
    return read_safely
