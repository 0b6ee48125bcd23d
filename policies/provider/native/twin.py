"""How the properties of a native resource become those of its twin, and how a path goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policies.fix import path_steps, path_to
from policies.unknown import NOT_REPORTED, Partial, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


OTHERS = "*"
"""Among the names of a field: whatever the table does not name stands there too."""


class Field(NamedTuple):
    """Where a property of the native resource stands in its twin; `fields` are those of the object in it.

    Without a `name` its members stand beside it: those of the object, or what `spread` makes of the value, under `names`.
    """

    name: str
    fields: Mapping[str, Field] = {}
    convert: Callable[[object], object] | None = None
    spread: Callable[[object], Mapping[str, object]] | None = None
    names: tuple[str, ...] = ()

    @property
    def is_lifted(self) -> bool:
        """Whether the members of the object in the property stand beside it."""
        return not self.name and not self.spread


class Twin(NamedTuple):
    """The type that a native resource is judged as. What is not among its `fields` has the same name in both providers.

    `members` are the types where a property is set, `given` what the twin says and the native resource does not. A type that is
    `untagged` has tags in AWS, and no property for them.
    """

    type: str
    fields: Mapping[str, Field]
    members: Mapping[str, str] = {}
    given: Mapping[str, object] = {}
    untagged: bool = False

    def type_of(self, inputs: Mapping[str, object]) -> str:
        """Return the type for some inputs, native or translated already."""
        for name, type_ in self.members.items():
            if any(inputs.get(key) not in (None, "", []) for key in (name, self.translate_name(name))):
                return type_
        return self.type

    def translate(self, values: dict[str, object]) -> dict[str, object]:
        """Return native properties under the twin's names. What has the twin's names already stays as it is."""
        translated = _renamed(values, self.fields)
        for name, value in self.given.items():
            translated.setdefault(name, value)
        return translated

    def translate_name(self, name: str) -> str:
        """Return the twin's name of a property at the top."""
        return (self.fields[name].name or name) if name in self.fields else name

    def field(self, path: str) -> Field:
        """Return what is said of a native property; a path leads through those whose members stand beside them."""
        fields, (*on_the_way, last) = self.fields, path.split(".")
        for name in on_the_way:
            fields = fields[name].fields
        return fields.get(last, Field(last))

    def dependencies(self, found: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
        """Return the URNs that native properties depend on, by the twin's properties. Paths are as in `field`."""
        translated: dict[str, tuple[str, ...]] = {}
        for path, urns in found.items():
            field = self.field(path)
            for name in (field.name,) if field.name else () if field.is_lifted else field.names:
                translated[name] = (*translated.get(name, ()), *urns)
        return translated

    def original(self, path: str) -> tuple[str, bool]:
        """Return where a path of the twin stands in the native resource, and whether that is all of it.

        It is not where a value is written in another way: the path ends at the property then.
        """
        fields, found = self.fields, ""
        for step in path_steps(path):
            if isinstance(step, int):
                found += f"[{step}]"
                continue
            names = way(step, fields)
            for name in names:
                found = path_to(found, name) if found else name
                field = fields.get(name, Field(name))
                if field.convert or field.spread:
                    return found, False
                fields = field.fields
        return found, True


def way(step: str, fields: Mapping[str, Field]) -> tuple[str, ...]:
    """Return the native names that lead to a property of the twin."""
    return _way(step, fields) or next(((name, step) for name, field in fields.items() if OTHERS in field.names), (step,))


def _way(step: str, fields: Mapping[str, Field]) -> tuple[str, ...]:
    for name, field in fields.items():
        if field.name == step:
            return (name,)
        if field.is_lifted and (found := _way(step, field.fields)):
            return (name, *found)
    return next(((name,) for name, field in fields.items() if step in field.names), ())


def _renamed(values: dict[str, object], fields: Mapping[str, Field]) -> dict[str, object]:
    renamed: dict[str, object] = {}
    hidden = isinstance(values, Partial)
    for name, item in values.items():
        field = fields.get(name)
        if field is None:
            found: Mapping[str, object] = {name: item}
        elif field.spread:
            found = field.spread(read(item))
        elif field.name:
            found = {field.name: field.convert(item) if field.convert else _inside(item, field.fields)}
        else:
            members = read(item)
            hidden = hidden or not isinstance(members, dict | None)
            found = _renamed(members, field.fields) if isinstance(members, dict) else {}
            hidden = hidden or isinstance(found, Partial)
        for key, value in found.items():
            if value is not None or key not in renamed:  # two properties may have one place: of them one is set
                renamed[key] = value
    return Partial(renamed) if hidden else renamed


def _inside(value: object, fields: Mapping[str, Field]) -> object:
    if not fields:
        return value
    known = read(value)
    if isinstance(known, list):
        return [_inside(item, fields) for item in known]
    return _renamed(known, fields) if isinstance(known, dict) else known


def unread(*names: str) -> dict[str, object]:
    """Return properties of which nothing is known."""
    return dict.fromkeys(names, NOT_REPORTED)
