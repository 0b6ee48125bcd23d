"""What stands in the tables and drawings of an HTML report, as a reader of its text sees it."""

from __future__ import annotations

from html.parser import HTMLParser

_HIDDEN = frozenset({"style", "script"})


class Page(HTMLParser):
    """The tables of a page by their caption or label, the texts of its drawings, its ids and the anchors that it links to."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[str]]] = {}
        self.drawings: list[list[str]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self._label = ""
        self._rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        given = dict(attrs)
        self.tags.add(tag)
        self.attributes |= given.keys()
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if tag == "a" else []
        if tag == "div" and given.get("role") == "region":
            self._label = given["aria-label"] or ""
        elif tag == "table":
            self._rows = self.tables[self._label] = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td"):
            self._rows[-1].append("")
        elif tag == "svg" and given.get("role") == "img":
            self.drawings.append([])
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End an element, and those in it whose end may be left out."""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if _HIDDEN & set(self._open):
            return
        self.text += data
        if "table" in self._open and self._rows and self._rows[-1] and "caption" not in self._open:
            self._rows[-1][-1] = f"{self._rows[-1][-1]}{data.strip(chr(10))}"
        if "svg" in self._open and self._open[-1] == "text":
            self.drawings[-1].append(data)
