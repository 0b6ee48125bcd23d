"""Read `stackproof.yaml`: the one configuration of both hosts."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from policies import catalog, rule_sets, yaml_reader
from policies.rule import Level
from policies.settings import (
    ALL,
    EXEMPTIBLE,
    Settings,
    SettingsError,
    is_exemptible,
    kebab,
    nearest,
    read_level,
    resolve,
    validate,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import ModuleType

    from policies.exemptions import Exemption
    from policies.rule import Rule

FILE_NAME = "stackproof.yaml"
_KEYS = ("extends", "rules", "tag-policy", "reference-policy", "exemptions", "checkov", "reports", "rule-modules")
_MAPS = {"checkov": "{level: mandatory}", "reports": "{owner-tags: [Owner], cost-tags: [CostCenter]}"}
_LARGEST = 5_000_000
_LONGEST_TAG_KEY = 128
_PREFIX = "stackproof_rules_"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CHECK = re.compile(r"[A-Z0-9*]+(?:_[A-Z0-9*]+)+", re.ASCII)
"""What Checkov calls its checks, and what others call theirs: CKV_AWS_18, CKV2_AWS_*. No rule has such a name."""

_CHECKOV_LEVELS = (Level.ADVISORY, Level.MANDATORY, Level.DISABLED)


class ConfigurationError(Exception):
    """A configuration that cannot be used; the message names the file, the line and the way out."""


class Reports(NamedTuple):
    """The tags that reports tell apart; where a setting is absent, the keys that rules require by such a name, or defaults."""

    owner_tags: Annotated[
        tuple[str, ...] | None, "Tag keys that name who answers for a resource; the first that has a value is shown."
    ] = None
    cost_tags: Annotated[tuple[str, ...] | None, "Tag keys by which costs are allocated."] = None


class Configuration(NamedTuple):
    """What a configuration says; `path` is None where there is no file, and `sha256` then empty.

    `checkov` is the level of what only Checkov finds, `rule_sets` are those that it extends. `exemption_lines` says where
    each exemption stands in the file, from 1. `not_exemptible` are the rules that no exemption may reach, active or not.
    `narrowed` says that not all rules are asked which it switches on.
    """

    path: Path | None
    rules: dict[str, Rule]
    given: dict[str, dict[str, object]]
    chosen: frozenset[str]
    settings: Settings
    exemptions: tuple[Exemption, ...]
    checkov: Level = Level.ADVISORY
    rule_sets: tuple[str, ...] = rule_sets.DEFAULT
    sha256: str = ""
    reports: Reports = Reports()
    exemption_lines: tuple[int, ...] = ()
    not_exemptible: frozenset[str] = frozenset()
    narrowed: bool = False

    def with_rules(self, chosen: Iterable[str]) -> Configuration:
        """Return the configuration with some rules switched on, whatever it extends or names, and no others."""
        wanted = frozenset(chosen)
        given = {id_: values for id_, values in self.given.items() if id_ in wanted or id_ == ALL}
        return self._replace(chosen=wanted, settings=resolve(self.rules, given, wanted), narrowed=True)

    def with_settings(self, given: dict[str, dict[str, object]]) -> Configuration:
        """Return the configuration with other settings for some rules; raise `SettingsError` if they do not fit."""
        merged = {**self.given, **{id_: {**self.given.get(id_, {}), **values} for id_, values in given.items()}}
        settings = resolve(self.rules, merged, self.chosen)
        closed = _not_exemptible(self.rules, merged)
        for exemption, line in zip(self.exemptions, self.exemption_lines, strict=True):
            if problem := _unreached(exemption, self.rules, closed):
                raise SettingsError(f"{problem} ({self.path}:{line})", ("rules", exemption.rule))
        return self._replace(given=merged, settings=settings, not_exemptible=closed)


def find(start: Path) -> Path | None:
    """Return the nearest configuration: in a directory, else in those above it."""
    directory = start.resolve()
    return next((path for parent in (directory, *directory.parents) if (path := parent / FILE_NAME).is_file()), None)


def load(path: Path | None) -> Configuration:
    """Read a configuration; without a file, the default rule set has its own defaults. Raises `ConfigurationError`."""
    if path is None:
        rules = catalog.builtin_rules()
        chosen = rules_of(rule_sets.DEFAULT, rules)
        return Configuration(None, rules, {}, chosen, resolve(rules, {}, chosen), ())
    return read(path, _text(path))


def read(path: Path, text: str) -> Configuration:
    """Return what a text says as the configuration at a path, which the files that it names are relative to.

    Raises `ConfigurationError`.
    """
    try:
        document = yaml_reader.read(text)
    except yaml_reader.YamlError as error:
        message = f"{path}:{error.line}: {error}"
        raise ConfigurationError(message) from None
    try:
        configured = _configuration(path, _content(document.content))
    except SettingsError as error:
        message = f"{path}:{document.line(error.path)}: {error}"
        raise ConfigurationError(message) from None
    lines = tuple(document.line(("exemptions", index)) for index in range(len(configured.exemptions)))
    return configured._replace(sha256=hashlib.sha256(text.encode()).hexdigest(), exemption_lines=lines)


def rules_of(names: Iterable[str], rules: dict[str, Rule]) -> frozenset[str]:
    """Return the ids of the rules of some rule sets; raise `SettingsError` for a set that does not exist."""
    chosen: set[str] = set()
    for index, name in enumerate(names):
        if not isinstance(name, str) or name not in rule_sets.SETS:
            message = f"there is no rule set {name!r}; {nearest(str(name), rule_sets.SETS)}".rstrip("; ")
            raise SettingsError(message, ("extends", index))
        chosen.update(rule_sets.members(name, rules))
    return frozenset(chosen)


def _configuration(path: Path, content: dict[str, Any]) -> Configuration:
    rules = {**catalog.builtin_rules()}
    for index, name in enumerate(content.get("rule-modules", [])):
        _add_rules(rules, _import(path, name, index), index)
    own = rules.keys() - catalog.builtin_rules().keys()
    chosen = rules_of(content.get("extends", rule_sets.DEFAULT), rules) | own
    given = _with_tag_policy(path, content.get("tag-policy"), content.get("rules", {}))
    given = _with_reference_policy(path, content.get("reference-policy"), given)
    settings = resolve(rules, given, chosen)
    closed = _not_exemptible(rules, given)
    exemptions = tuple(_exemption(item, index, rules, closed) for index, item in enumerate(content.get("exemptions", [])))
    checkov = _checkov_level(content.get("checkov", {}))
    sets = tuple(content.get("extends", rule_sets.DEFAULT))
    reports = _reports(content.get("reports", {}))
    return Configuration(
        path, rules, given, chosen, settings, exemptions, checkov, sets, reports=reports, not_exemptible=closed
    )


def _reports(given: dict[str, object]) -> Reports:
    reports: Reports = validate(Reports, given, ("reports",), "reports")
    for name, keys in zip(Reports._fields, reports, strict=True):
        for index, key in enumerate(keys or ()):
            if not 0 < len(key) <= _LONGEST_TAG_KEY:
                message = f"a tag key has 1 to {_LONGEST_TAG_KEY} characters"
                raise SettingsError(message, ("reports", kebab(name), index))
    return reports


def _checkov_level(given: dict[str, object]) -> Level:
    for key in given:
        if key != "level":
            message = f"checkov has no setting {key!r}; it takes a level only"
            raise SettingsError(message, ("checkov", key))
    level = read_level(given.get("level", Level.ADVISORY), ("checkov", "level"))
    if level not in _CHECKOV_LEVELS:
        message = f"{level} is not a level of what Checkov finds; valid: {', '.join(_CHECKOV_LEVELS)}"
        raise SettingsError(message, ("checkov", "level"))
    return level


def _with_tag_policy(path: Path, files: object, given: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Return the settings with those that tag policies make; what the configuration sets itself wins."""
    if files is None:
        return given
    from policies.tagging import tag_policy  # noqa: PLC0415  (late: few configurations have one)

    names: list[Any] = files if isinstance(files, list) else [files]
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name:
            place = ("tag-policy", index) if isinstance(files, list) else ("tag-policy",)
            raise SettingsError(
                "a tag policy is a file name, or a list of file names from the root of the organization down", place
            )
    try:
        made = tag_policy.load([path.parent / name for name in names])
    except ValueError as error:
        raise SettingsError(str(error), ("tag-policy",)) from None
    return {**given, **{id_: {**values, **given.get(id_, {})} for id_, values in made.items()}}


def _with_reference_policy(path: Path, file: object, given: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Return the settings with the reference that identity policies must stay within; what is set itself wins."""
    if file is None:
        return given
    from policies.iam import reference_policy  # noqa: PLC0415  (late: few configurations have one)

    place = ("reference-policy",)
    if not isinstance(file, str) or not file:
        raise SettingsError("a reference policy is a file name", place)
    try:
        text = _text(path.parent / file)
    except ConfigurationError as error:
        raise SettingsError(str(error), place) from None
    if problem := reference_policy.problem(text):
        raise SettingsError(f"{path.parent / file}: {problem}", place)
    rule = reference_policy.RULE
    return {**given, rule: {"reference": text, **given.get(rule, {})}}


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:  # what has no size, such as a pipe, is read no further either
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ConfigurationError(message) from None
    if len(data) > _LARGEST:
        message = f"{path}: larger than {_LARGEST} bytes; this is not a configuration"
        raise ConfigurationError(message)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{path}:{line}: cannot be read: not UTF-8"
        raise ConfigurationError(message) from None


def _content(content: object) -> dict[str, Any]:
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsError("a configuration is a map with the keys " + ", ".join(_KEYS), ())
    for key, value in content.items():
        if key not in _KEYS:
            message = f"there is no key {key!r}; {nearest(key, _KEYS)}"
            raise SettingsError(message, (key,))
        _check_shape(key, value)
    return {key: value for key, value in content.items() if value is not None}


def _check_shape(key: str, value: object) -> None:
    if value is None:
        return
    if key == "rules":
        if not isinstance(value, dict):
            raise SettingsError("rules is a map of rule ids", (key,))
        for id_, settings in value.items():
            if not isinstance(settings, dict):
                message = f"the settings of {id_} are a map, such as {{level: advisory}}"
                raise SettingsError(message, (key, id_))
    elif key in _MAPS:
        if not isinstance(value, dict):
            message = f"{key} is a map, such as {_MAPS[key]}"
            raise SettingsError(message, (key,))
    elif key not in ("tag-policy", "reference-policy") and not isinstance(value, list):
        message = f"{key} is a list{', such as [essential, fsbp]' if key == 'extends' else ''}"
        raise SettingsError(message, (key,))


def _exemption(item: object, index: int, rules: dict[str, Rule], closed: frozenset[str]) -> Exemption:
    from policies.exemptions import Exemption, wildcard  # noqa: PLC0415

    path = ("exemptions", index)
    if not isinstance(item, dict):
        raise SettingsError("an exemption is a map with rule, resource and reason", path)
    expires = item.get("expires")
    if expires is not None and not (isinstance(expires, str) and _DATE.fullmatch(expires)):  # pydantic takes numbers as well
        raise SettingsError("expires: a date is written YYYY-MM-DD", (*path, "expires"))
    exemption: Exemption = validate(Exemption, item, path, "an exemption")
    for name in ("resource", "reason"):
        if not getattr(exemption, name).strip():
            message = f"an exemption needs a {name}"
            raise SettingsError(message, (*path, name))
    if not _CHECK.fullmatch(exemption.rule) and not any(wildcard(exemption.rule).fullmatch(id_) for id_ in rules):
        message = f"there is no rule {exemption.rule!r}; {nearest(exemption.rule, rules)}".rstrip("; ")
        raise SettingsError(message, (*path, "rule"))
    if problem := _unreached(exemption, rules, closed):
        raise SettingsError(problem, (*path, "rule"))
    if problem := _unaccountable(exemption, rules, closed):
        raise SettingsError(problem, path)
    return exemption


def _not_exemptible(rules: Mapping[str, Rule], given: Mapping[str, Mapping[str, object]]) -> frozenset[str]:
    if not any(EXEMPTIBLE in settings for settings in given.values()):
        return frozenset()
    return frozenset(id_ for id_ in rules if not is_exemptible(given, id_))


def _unreached(exemption: Exemption, rules: Mapping[str, Rule], closed: frozenset[str]) -> str:
    """Return what is wrong with an exemption that names a rule which takes none, by its id or by a check that it carries."""
    if "*" in exemption.rule:
        return ""
    rule = next(iter(exemption.rules(rules[id_] for id_ in sorted(closed))), None)
    if rule is None:
        return ""
    what = f"rule {rule.id}" if rule.id == exemption.rule else f"rule {rule.id}, which carries {exemption.rule},"
    return f"{what} takes no exemption ({EXEMPTIBLE}: false); mend what it finds, or leave the exemption out"


def _unaccountable(exemption: Exemption, rules: Mapping[str, Rule], closed: frozenset[str]) -> str:
    """Return what an exemption from a rule of high or critical severity lacks, with the worst rule that it is from."""
    from policies.exemptions import ACCOUNTABLE  # noqa: PLC0415

    missing = [name for name in ("owner", "expires") if not str(getattr(exemption, name) or "").strip()]
    if not missing:
        return ""
    reached = (rule for rule in exemption.rules(rules.values()) if rule.id not in closed)
    worst = max(reached, key=lambda rule: rule.severity.rank, default=None)
    if worst is None or worst.severity not in ACCOUNTABLE:
        return ""
    whom = f"rule {worst.id}" if worst.id == exemption.rule else f"{exemption.rule} also stands for {worst.id}, which"
    needs = " and ".join({"owner": "an owner", "expires": "a last day (expires: YYYY-MM-DD)"}[name] for name in missing)
    narrower = ", or name other rules one by one" if "*" in exemption.rule else ""
    return f"{whom} is {worst.severity}: its exemption needs {needs}{narrower}"


def _import(path: Path, name: object, index: int) -> ModuleType:
    """Import a rule module that the user named: a file, relative to the configuration, or a module by its name."""
    place = ("rule-modules", index)
    if not isinstance(name, str) or not name:
        raise SettingsError("a rule module is a file name or a module name", place)
    try:
        with redirect_stdout(sys.stderr):  # standard output is the report's, in the policy pack the engine's
            return _import_file(path.parent / name, index) if name.endswith(".py") else importlib.import_module(name)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (the module is the user's code: whatever it raises is told)
        message = f"rule module {name} cannot be imported: {type(error).__name__}{_raised_in(error)}: {error}"
        raise SettingsError(message, place) from None


def _raised_in(error: BaseException) -> str:
    """Return the line of the user's module that raised an error, where one did."""
    trace, line = error.__traceback__, ""
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith(_PREFIX):
            line = f" in line {trace.tb_lineno}"
        trace = trace.tb_next
    return line


def _import_file(file: Path, index: int) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{_PREFIX}{index}_{file.stem}", file.resolve())
    if spec is None or spec.loader is None:
        raise ImportError("not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module


def _add_rules(rules: dict[str, Rule], module: ModuleType, index: int) -> None:
    place = ("rule-modules", index)
    try:
        found = catalog.collect([module])
    except ValueError as error:
        raise SettingsError(str(error), place) from None
    if not found:
        message = f"rule module {module.__name__} holds no rules"
        raise SettingsError(message, place)
    for id_, rule in found.items():
        if id_ in rules and catalog.original(rules[id_]) is not rule:
            message = f"rule {id_} exists already; give yours another name"
            raise SettingsError(message, place)
        rules.setdefault(id_, rule)
