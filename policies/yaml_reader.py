"""Read the YAML of a configuration strictly: what a person would overlook in it is an error with its line."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 50
"""Nesting that no configuration has."""

LARGEST = 100_000
"""Values that no configuration has, each counted as often as an alias repeats it."""

_TAG = "tag:yaml.org,2002:"
_KEY_TAGS = frozenset({f"{_TAG}str", f"{_TAG}merge"})


class YamlError(ValueError):
    """Text that cannot be used; `line` is where, from 1."""

    def __init__(self, message: str, line: int) -> None:
        """Keep the message and the line."""
        super().__init__(message)
        self.line = line


class Document(NamedTuple):
    """What a text holds. `root` is PyYAML's node of it, None where the text is empty."""

    content: object
    root: Any

    def line(self, path: tuple[str | int, ...]) -> int:
        """Return the line, from 1, of what a path leads to; of its nearest parent where it has no line of its own."""
        line, node = 1, self.root
        for step in path:
            key_line, node = _child(node, step)
            if node is None:
                break
            line = key_line
        return line


def read(text: str, tags: frozenset[str] = frozenset()) -> Document:
    """Return the one document of a text. Dates stay text. Raises `YamlError`.

    `tags` are those such as `!Ref` that may stand: a value with one becomes a map of the tag to the value.
    """
    import yaml  # noqa: PLC0415  (late: only where there is a configuration)

    try:
        _check_events(text, tags)
        loader = _loader(tags)(text)
        root = loader.get_single_node()
        _check(root)
        return Document(loader.construct_document(root) if root else None, root)
    except yaml.MarkedYAMLError as error:
        raise YamlError(f"not valid YAML: {error.problem}", _line(error.problem_mark)) from None
    except yaml.YAMLError:  # only the reader of characters raises one without a mark
        found = yaml.reader.Reader.NON_PRINTABLE.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else 1
        raise YamlError("not valid YAML: a character that cannot be printed", line) from None
    except YamlError:
        raise
    except ValueError:  # such as a number of thousands of digits
        raise YamlError("not valid YAML: a value cannot be read", 1) from None


@cache
def _loader(tags: frozenset[str] = frozenset()) -> Any:  # noqa: ANN401  (a class of PyYAML)
    """Return a safe loader for which a date is text: a date that does not exist is then told by whoever wants a date."""
    import yaml  # noqa: PLC0415

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the Python one where PyYAML was built without the other
    resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag != f"{_TAG}timestamp"]
        for first, found in base.yaml_implicit_resolvers.items()
    }
    loader: Any = type("_Loader", (base,), {"yaml_implicit_resolvers": resolvers})
    for tag in tags:
        loader.add_constructor(tag, _tagged)
    return loader


def _tagged(loader: Any, node: Any) -> dict[str, object]:  # noqa: ANN401  (PyYAML's)
    if node.id == "scalar":
        return {node.tag: loader.construct_scalar(node)}
    construct = loader.construct_mapping if node.id == "mapping" else loader.construct_sequence
    return {node.tag: construct(node, deep=True)}


def _check_events(text: str, tags: frozenset[str]) -> None:
    """Refuse deep nesting, before the C loader builds nodes: that overflows the stack of the process. Refuse type tags, too."""
    import yaml  # noqa: PLC0415

    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        tag = getattr(event, "tag", None)
        if (
            tag and tag not in tags and not (tag == f"{_TAG}str" and isinstance(event, yaml.ScalarEvent))
        ):  # PyYAML crashes on some: !!bool x
            raise YamlError(
                f"not valid YAML: no tag {tag.replace(_TAG, '!!')} is known here; leave it out", _line(event.start_mark)
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise YamlError(f"nested deeper than {DEEPEST}", _line(event.start_mark))


def _check(root: Any) -> None:  # noqa: ANN401  (a node of PyYAML)
    """Refuse keys that stand twice or are not text, and aliases that make a small text large or endless."""
    count = 0
    open_ = [(root, 1)] if root else []
    while open_:
        node, depth = open_.pop()
        count += 1
        if depth > DEEPEST:
            raise YamlError(f"nested deeper than {DEEPEST}", _line(node.start_mark))
        if count > LARGEST:
            raise YamlError(f"more than {LARGEST} values", _line(node.start_mark))
        if node.id == "mapping":
            _check_keys(node)
        open_.extend((child, depth + 1) for child in _values(node))


def _check_keys(mapping: Any) -> None:  # noqa: ANN401
    seen: Counter[str] = Counter()
    for key, _ in mapping.value:
        if key.tag not in _KEY_TAGS:
            shown = f"the key {key.value!r} is not a text in YAML: quote it" if key.id == "scalar" else "a key is a text"
            raise YamlError(shown, _line(key.start_mark))
        seen[key.value] += 1
        if seen[key.value] > 1:
            raise YamlError(f"the key {key.value!r} stands twice", _line(key.start_mark))


def _values(node: Any) -> Iterator[Any]:  # noqa: ANN401
    if node.id == "mapping":
        yield from (value for _, value in node.value)
    elif node.id == "sequence":
        yield from node.value


def _line(mark: Any) -> int:  # noqa: ANN401
    return mark.line + 1 if mark else 1


def _child(node: Any, step: str | int) -> tuple[int, Any]:  # noqa: ANN401
    items: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(step, int) and node.id == "sequence":
        items = ((item, item) for item in node.value[step : step + 1])
    elif node.id == "mapping":
        items = ((key, value) for key, value in node.value if key.value == str(step))
    return next(((_line(key.start_mark), value) for key, value in items), (0, None))
