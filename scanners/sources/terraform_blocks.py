"""Read one Terraform block: its literals as plain values, and of every other expression only what it refers to.

Terraform's language is regular enough that telling a literal from an expression takes one pass. General parsers of it
need the time of a regular expression that backtracks, which a broken line in somebody's report must not be able to cause.
"""

from __future__ import annotations

import re
import sys
import textwrap
from typing import NamedTuple

from scanners.sources.terraform_expressions import Encoded, Expression, Inserted, expression_of, references_in

DEEPEST = 60
"""Nesting that no Terraform program has; deeper blocks are refused."""


class BlockError(Exception):
    """Text that is not one whole Terraform block; the message names the line of the text, from 1, and quotes nothing."""


class Block(NamedTuple):
    """A block: its type, its labels, its attributes by name, and the blocks in it in their order."""

    type: str
    labels: tuple[str, ...]
    attributes: dict[str, object]
    blocks: tuple[Block, ...]


def read_block(text: str) -> Block:
    """Return the one block that a text holds; raises `BlockError` where it is cut, or holds anything else."""
    reader = _Reader(text.replace("\r\n", "\n"))
    attributes, blocks = reader.body()
    if attributes or len(blocks) != 1 or reader.at < len(reader.text):
        raise reader.error("expected one block")
    return blocks[0]


_GAP = re.compile(r"(?:[ \t\ufeff]+|/\*.*?\*/)+", re.DOTALL)
_GAP_AND_LINES = re.compile(r"(?:[ \t\n\ufeff]+|/\*.*?\*/|(?:#|//)[^\n]*)+", re.DOTALL)
_NAME = re.compile(r"[^\W\d][\w-]*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?(?![\w.])")
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)\n")
_ASSIGN = re.compile(r"[=:](?![=:])")
_PLAIN = re.compile(r'[^"\\$%\n]+')
_JSONENCODE = re.compile(r"jsonencode[ \t]*\(")
_WORD = re.compile(r"[\w.\-]+")
_LITERALS: dict[str, object] = {"true": True, "false": False, "null": None}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_CODES = {"u": re.compile("[0-9a-fA-F]{4}"), "U": re.compile("[0-9a-fA-F]{8}")}
_CLOSING = {"[": "]", "{": "}", "(": ")"}
_LONGEST_NUMBER = 40
_HALVES = range(0xD800, 0xE000)
"""Halves of surrogate pairs, which are no characters."""


class _Reader:
    """A text and how far it is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def error(self, what: str) -> BlockError:
        return BlockError(f"line {self.text.count(chr(10), 0, self.at) + 1}: {what}")

    def peek(self, token: str) -> bool:
        return self.text.startswith(token, self.at)

    def take(self, token: str) -> bool:
        found = self.peek(token)
        self.at += len(token) if found else 0
        return found

    def need(self, token: str) -> None:
        if not self.take(token):
            raise self.error(f"expected {token}")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def skip(self, *, lines: bool) -> None:
        self.match(_GAP_AND_LINES if lines else _GAP)
        if self.peek("/*"):
            raise self.error("a comment without an end")

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error(f"nested deeper than {DEEPEST}")

    def body(self) -> tuple[dict[str, object], tuple[Block, ...]]:
        """Read attributes and blocks up to a closing brace or the end."""
        attributes: dict[str, object] = {}
        blocks: list[Block] = []
        while True:
            self.skip(lines=True)
            if self.at >= len(self.text) or self.peek("}"):
                return attributes, tuple(blocks)
            name = self.name()
            self.skip(lines=False)
            if self.match(_ASSIGN):
                attributes[name] = self.expression(lines=False)
            else:
                blocks.append(self.block(name))

    def name(self) -> str:
        if self.take('"'):
            text = self.template(quoted=True)
            if isinstance(text, str):
                return text
            raise self.error("expected a name")
        found = self.match(_NAME)
        if not found:
            raise self.error("expected a name")
        return found[0]

    def block(self, type_: str) -> Block:
        labels = []
        while not self.take("{"):
            labels.append(self.name())
            self.skip(lines=False)
        self.deeper()
        attributes, blocks = self.body()
        self.need("}")
        self.depth -= 1
        return Block(type_, tuple(labels), attributes, blocks)

    def expression(self, *, lines: bool) -> object:
        """Read one value; `lines` says that it stands in brackets or parentheses, where lines do not end it."""
        self.skip(lines=lines)
        start = self.at
        value = self.literal()
        if value is _NOTHING or not self.ends(lines=lines):
            self.skip_expression(lines=lines)
            if self.at == start:
                raise self.error("expected a value")
            return expression_of(self.text[start : self.at])
        return value

    def ends(self, *, lines: bool) -> bool:
        """Say whether the value ends here."""
        self.skip(lines=lines)
        return self.at >= len(self.text) or self.text[self.at] in "\n#,]})" or self.peek("//")

    def literal(self) -> object:  # noqa: PLR0911  (one return for each kind of literal)
        """Read what may be a literal; `_NOTHING` where none stands here."""
        if self.take('"'):
            return self.template(quoted=True)
        if self.take("["):
            return self.items()
        if self.take("{"):
            return self.map()
        if self.take("("):
            return self.enclosed(")")
        if self.peek("<<"):
            return self.heredoc()
        if self.match(_JSONENCODE):
            argument = self.enclosed(")")
            return argument._replace(nullable=False, parts=()) if isinstance(argument, Expression) else Encoded(argument)
        start = self.at
        if number := self.match(_NUMBER):
            text = number[0]
            if len(text) > _LONGEST_NUMBER:
                return _NOTHING
            return float(text) if number[1] or number[2] else int(text)
        word = self.match(_WORD)
        if word and word[0] in _LITERALS:
            return _LITERALS[word[0]]
        self.at = start
        return _NOTHING

    def enclosed(self, end: str) -> object:
        self.deeper()
        value = self.expression(lines=True)
        self.skip(lines=True)
        if not self.take(end):
            self.skip_brackets([end])
            value = Expression()
        self.depth -= 1
        return value

    def items(self) -> object:
        self.deeper()
        start = self.at
        items: list[object] = []
        self.skip(lines=True)
        if self.peek_word("for"):
            return self.computed(start, "]")
        while not self.take("]"):
            items.append(self.expression(lines=True))
            self.skip(lines=True)
            if not self.take(",") and not self.peek("]"):
                return self.computed(start, "]")
            self.skip(lines=True)
        self.depth -= 1
        return items

    def map(self) -> object:
        self.deeper()
        start = self.at
        items: dict[str, object] = {}
        self.skip(lines=True)
        if self.peek_word("for"):
            return self.computed(start, "}")
        while not self.take("}"):
            key = self.key()
            self.skip(lines=False)
            if key is None or not self.match(_ASSIGN):
                return self.computed(start, "}")
            items[key] = self.expression(lines=False)
            self.skip(lines=True)
            self.take(",")
            self.skip(lines=True)
        self.depth -= 1
        return items

    def key(self) -> str | None:
        """Read a key of an object; None where it is an expression."""
        if self.take('"'):
            text = self.template(quoted=True)
            return text if isinstance(text, str) else None
        found = self.match(_NAME) or self.match(_NUMBER)
        return found[0] if found else None

    def peek_word(self, word: str) -> bool:
        found = _NAME.match(self.text, self.at)
        return found is not None and found[0] == word

    def computed(self, start: int, end: str) -> Expression:
        """Skip to the end of brackets whose content cannot be read as a literal."""
        self.skip_brackets([end])
        self.depth -= 1
        return Expression(references_in(self.text[start : self.at]), nullable=False)

    def skip_expression(self, *, lines: bool) -> None:
        """Go to where an expression ends: a line, a comma or a bracket that it did not open."""
        while not self.ends(lines=lines):
            self.step()

    def skip_brackets(self, open_: list[str]) -> None:
        while open_:
            self.skip(lines=True)
            if self.at >= len(self.text):
                raise self.error(f"expected {open_[-1]}")
            if self.take(open_[-1]):
                open_.pop()
            elif self.text[self.at] in _CLOSING:
                open_.append(_CLOSING[self.text[self.at]])
                self.at += 1
            elif self.text[self.at] in "]})":
                raise self.error(f"expected {open_[-1]}")
            else:
                self.step()

    def step(self) -> None:
        """Go past one token of an expression."""
        character = self.text[self.at]
        if self.take('"'):
            self.template(quoted=True)
        elif character == "<" and _HEREDOC.match(self.text, self.at):
            self.heredoc()
        elif character in _CLOSING:
            self.at += 1
            self.skip_brackets([_CLOSING[character]])
        elif not self.match(_WORD):
            self.at += 1

    def template(self, *, quoted: bool) -> object:
        """Read a text up to its quote, or to the end; an `Expression` where something is interpolated."""
        parts: list[str | Inserted] = []
        references: list[str] = []
        is_whole = True
        while not (quoted and self.take('"')):
            if self.at >= len(self.text):
                if not quoted:
                    break
                raise self.error("a text without an end")
            if plain := self.match(_PLAIN):
                parts.append(plain[0])
            elif self.peek("$${") or self.peek("%%{"):
                parts.append(self.text[self.at + 1 : self.at + 3])
                self.at += 3
            elif self.take("${") or self.take("%{"):
                start = self.at
                inserted = self.text[start : self.interpolation()]
                is_whole = is_whole and self.text[start - 2] == "$" and "~" not in (inserted[:1], inserted[-1:])
                references += references_in(inserted)
                parts.append(Inserted(inserted.strip()))
            else:
                parts.append(self.character(quoted=quoted))
        texts = [part for part in parts if isinstance(part, str)]
        if len(texts) == len(parts):
            return "".join(texts)
        if quoted and is_whole and len(parts) == 1:
            return expression_of(parts[0][0])
        return Expression(tuple(references), nullable=False, parts=tuple(parts) if is_whole else ())

    def interpolation(self) -> int:
        """Go past an interpolation; return where its expression ends."""
        self.deeper()
        self.skip_brackets(["}"])
        self.depth -= 1
        return self.at - 1

    def character(self, *, quoted: bool) -> str:
        character = self.text[self.at]
        self.at += 1
        if not quoted:
            return character
        if character == "\n":
            raise self.error("a text without an end")
        if character != "\\":
            return character
        escaped = self.text[self.at : self.at + 1]
        self.at += 1
        if escaped in _ESCAPES:
            return _ESCAPES[escaped]
        code = self.match(_CODES[escaped]) if escaped in _CODES else None
        number = int(code[0], 16) if code else _HALVES.start
        if number <= sys.maxunicode and number not in _HALVES:
            return chr(number)
        raise self.error("an unknown escape")

    def heredoc(self) -> object:
        opening = self.match(_HEREDOC)
        if not opening:
            return _NOTHING
        end = re.compile(rf"^[ \t]*{re.escape(opening[2])}[ \t]*$", re.MULTILINE).search(self.text, self.at)
        if not end:
            raise self.error("a heredoc without an end")
        content = self.text[self.at : end.start()]
        reader = _Reader(textwrap.dedent(content) if opening[1] else content)
        reader.depth = self.depth
        self.at = end.end()
        return reader.template(quoted=False)


_NOTHING = object()
