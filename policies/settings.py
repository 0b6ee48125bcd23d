"""Level and parameters of each rule: one pydantic model per rule, made when a configuration asks for it.

pydantic is imported only then: a run without a configuration takes less than half the time.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from policies.catalog import IndexedRule
from policies.rule import Level, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pydantic import BaseModel

    Path = tuple[str | int, ...]

ALL = "all"
"""The key of settings that hold for every rule that has none of its own."""

LEVEL, EXEMPTIBLE = "level", "exemptible"
"""What every rule takes beside its parameters."""

_LONGEST_SHOWN = 100


class ActiveRule:
    """A rule that is switched on, with what the configuration says of it.

    `exemptible` says whether an exemption may reach it.

    `configured` is the parameters that the configuration sets, None where it sets none. `parameters` is those or the
    defaults, None for a rule that takes none; defaults come with the rule's module, so when first asked for.
    """

    __slots__ = ("configured", "exemptible", "level", "parameters", "rule")

    def __init__(self, rule: Rule, level: Level, configured: object = None, *, exemptible: bool = True) -> None:
        """Switch a rule on."""
        self.rule = rule
        self.level = level
        self.configured = configured
        self.exemptible = exemptible
        if configured is not None:
            self.parameters = configured

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (Python asks here for what is not set yet)
        """Make the defaults."""
        if name != "parameters":
            raise AttributeError(name)
        self.parameters = self.rule.parameters() if self.rule.parameters else None
        return self.parameters


class SettingsError(ValueError):
    """A setting that cannot be used; `path` leads to it from the root of the settings."""

    def __init__(self, message: str, path: Path) -> None:
        """Keep the message and the path to the setting."""
        super().__init__(message)
        self.path = path


class Settings(NamedTuple):
    """The rules that are switched on."""

    active: tuple[ActiveRule, ...]

    def by_type(self) -> dict[str, tuple[ActiveRule, ...]]:
        """Return the active rules of each resource type."""
        alike: dict[int, list[ActiveRule]] = {}  # many rules share one tuple of all types that take tags
        for item in self.active:
            alike.setdefault(id(item.rule.applies_to), []).append(item)
        table: dict[str, tuple[ActiveRule, ...]] = {}
        for items in alike.values():
            group = tuple(items)
            for type_ in items[0].rule.applies_to:
                table[type_] = table[type_] + group if type_ in table else group
        return table


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return a hint for a name that is not valid: the nearest valid one, or all where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415  (late: only for messages)

    names = sorted(valid)
    name = name[:_LONGEST_SHOWN]
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]}?"
    return f"valid: {', '.join(names)}" if len(names) <= 12 else ""  # noqa: PLR2004  (what fits a line)


def kebab(name: str) -> str:
    """Return a field's name as configurations write it: `for_types` -> `for-types`."""
    return name.replace("_", "-")


def read_level(value: object, path: Path) -> Level:
    """Return a level by its name; raise `SettingsError` with the nearest one."""
    if value is False:  # YAML reads `off` and `no` so
        raise SettingsError("false is not a level; did you mean disabled?", path)
    try:
        return Level(value)  # type: ignore[arg-type]
    except ValueError:
        shown = repr(value) if isinstance(value, str) and len(value) <= _LONGEST_SHOWN else "what stands here"
        message = f"{shown} is not a level; {nearest(value if isinstance(value, str) else '', Level)}"
        raise SettingsError(message, path) from None


@cache
def model_of(fields: type) -> type[BaseModel]:
    """Return the pydantic model of a named tuple: unknown keys are refused, names are written with hyphens."""
    from pydantic import ConfigDict, create_model  # noqa: PLC0415  (late: 150 ms)

    defaults: Mapping[str, object] = getattr(fields, "_field_defaults", {})
    hints = get_type_hints(fields, include_extras=True)
    definitions: dict[str, Any] = {name: (hint, defaults.get(name, ...)) for name, hint in hints.items()}
    return create_model(fields.__name__, __config__=ConfigDict(extra="forbid", alias_generator=kebab), **definitions)


def written(parameters: Any) -> dict[str, Any]:  # noqa: ANN401  (an instance of a rule's parameters)
    """Return parameters as configurations write them, in JSON's types."""
    fields: type = type(parameters)
    model = model_of(fields)
    return model.model_construct(**parameters._asdict()).model_dump(mode="json", by_alias=True)


def validate(model: type, given: Mapping[str, object], path: Path, what: str) -> Any:  # noqa: ANN401  (an instance of model)
    """Return an instance of a named tuple made from settings; raise `SettingsError` for the first that does not fit."""
    from pydantic import ValidationError  # noqa: PLC0415

    names = [kebab(name) for name in get_type_hints(model)]
    for key in given:
        if key not in names:
            message = f"{what} has no setting {key!r}; {nearest(str(key), names)}".rstrip("; ")
            raise SettingsError(message, (*path, key))
    try:
        valid = model_of(model).model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = tuple(first["loc"])
        name = ".".join(map(str, place)) or what
        message = f"{name}: {first['msg'][0].lower()}{first['msg'][1:]}"
        raise SettingsError(message, (*path, *place)) from None
    except (RecursionError, OverflowError):  # pydantic lets these of a regular expression through
        raise SettingsError(f"{what}: a regular expression is too large", path) from None
    return model(**{name: getattr(valid, name) for name in type(valid).model_fields})


def parameters_schema(rule: Rule) -> dict[str, Any]:
    """Return the JSON schema of each parameter of a rule, by its name in configurations: Pulumi's `config_schema`."""
    if isinstance(rule, IndexedRule):
        return json.loads(rule.schema) if rule.schema else {}
    if rule.parameters is None:
        return {}
    schema = model_of(rule.parameters).model_json_schema(by_alias=True)
    properties: dict[str, Any] = schema.get("properties", {})
    for name, hint in get_type_hints(rule.parameters, include_extras=True).items():
        if get_origin(hint) is Annotated:
            properties[kebab(name)]["description"] = next(item for item in get_args(hint) if isinstance(item, str))
    return properties


def resolve(rules: Mapping[str, Rule], given: Mapping[str, Mapping[str, object]], chosen: Collection[str] = ()) -> Settings:
    """Return the active rules: those of `chosen`, and those that the settings name.

    `given` are settings as a configuration has them: rule id (or `all`) to level and parameters.
    Raises `SettingsError` for a rule, a level or a parameter that does not exist, with the nearest that does.
    """
    for id_ in given:
        if id_ != ALL and id_ not in rules:
            message = f"there is no rule {id_!r}; {nearest(id_, [*rules, ALL])}".rstrip("; ")
            raise SettingsError(message, ("rules", id_))
    general = given.get(ALL, {})
    for key in general:
        if key not in (LEVEL, EXEMPTIBLE):
            message = f"{ALL} has no setting {key!r}; it takes {LEVEL} and {EXEMPTIBLE} only"
            raise SettingsError(message, ("rules", ALL, key))
    default = read_level(general[LEVEL], ("rules", ALL, LEVEL)) if LEVEL in general else None
    is_exemptible(given, ALL)
    wanted = {*chosen, *given}
    active = (_activate(rule, given, default) for rule in rules.values() if rule.id in wanted)
    return Settings(tuple(item for item in active if item.level is not Level.DISABLED))


def is_exemptible(given: Mapping[str, Mapping[str, object]], rule: str) -> bool:
    """Say whether settings let an exemption reach a rule; raise `SettingsError` where they do not say it by a boolean."""
    for id_ in (rule, ALL):
        value = given.get(id_, {}).get(EXEMPTIBLE)
        if isinstance(value, bool):
            return value
        if EXEMPTIBLE in given.get(id_, {}):
            raise SettingsError(f"{EXEMPTIBLE} is true or false", ("rules", id_, EXEMPTIBLE))
    return True


def _activate(rule: Rule, all_given: Mapping[str, Mapping[str, object]], default: Level | None) -> ActiveRule:
    path: Path = ("rules", rule.id)
    given = all_given.get(rule.id, {})
    level = read_level(given[LEVEL], (*path, LEVEL)) if LEVEL in given else default or rule.level
    exemptible = is_exemptible(all_given, rule.id)
    parameters = {key: value for key, value in given.items() if key not in (LEVEL, EXEMPTIBLE)}
    if not parameters:
        return ActiveRule(rule, level, exemptible=exemptible)
    if rule.parameters is None:
        key = next(iter(parameters))
        message = f"rule {rule.id} has no setting {key!r}; it takes {LEVEL} and {EXEMPTIBLE} only"
        raise SettingsError(message, (*path, key))
    configured = validate(rule.parameters, parameters, path, f"rule {rule.id}")
    return ActiveRule(rule, level, configured, exemptible=exemptible)
