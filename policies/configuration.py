"""Read `stackproof.yaml`: the one configuration of both hosts."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, NamedTuple

from policies import catalog, yaml_reader
from policies.settings import Settings, SettingsError, nearest, resolve, validate

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from policies.exemptions import Exemption
    from policies.rule import Rule

FILE_NAME = "stackproof.yaml"
_KEYS = ("rules", "exemptions", "rule-modules")
_LARGEST = 5_000_000
_PREFIX = "stackproof_rules_"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class ConfigurationError(Exception):
    """A configuration that cannot be used; the message names the file, the line and the way out."""


class Configuration(NamedTuple):
    """What a configuration says; `path` is None where there is no file."""

    path: Path | None
    rules: dict[str, Rule]
    given: dict[str, dict[str, object]]
    settings: Settings
    exemptions: tuple[Exemption, ...]

    def with_settings(self, given: dict[str, dict[str, object]]) -> Configuration:
        """Return the configuration with other settings for some rules; raise `SettingsError` if they do not fit."""
        merged = {**self.given, **{id_: {**self.given.get(id_, {}), **values} for id_, values in given.items()}}
        return self._replace(given=merged, settings=resolve(self.rules, merged))


def find(start: Path) -> Path | None:
    """Return the nearest configuration: in a directory, else in those above it."""
    directory = start.resolve()
    return next((path for parent in (directory, *directory.parents) if (path := parent / FILE_NAME).is_file()), None)


def load(path: Path | None) -> Configuration:
    """Read a configuration; without a file, every rule has its own defaults. Raises `ConfigurationError`."""
    if path is None:
        rules = catalog.builtin_rules()
        return Configuration(None, rules, {}, resolve(rules, {}), ())
    text = _text(path)
    try:
        document = yaml_reader.read(text)
    except yaml_reader.YamlError as error:
        message = f"{path}:{error.line}: {error}"
        raise ConfigurationError(message) from None
    try:
        return _configuration(path, _content(document.content))
    except SettingsError as error:
        message = f"{path}:{document.line(error.path)}: {error}"
        raise ConfigurationError(message) from None


def _configuration(path: Path, content: dict[str, Any]) -> Configuration:
    rules = {**catalog.builtin_rules()}
    for index, name in enumerate(content.get("rule-modules", [])):
        _add_rules(rules, _import(path, name, index), index)
    given = content.get("rules", {})
    settings = resolve(rules, given)
    exemptions = tuple(_exemption(item, index, rules) for index, item in enumerate(content.get("exemptions", [])))
    return Configuration(path, rules, given, settings, exemptions)


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
    elif not isinstance(value, list):
        message = f"{key} is a list"
        raise SettingsError(message, (key,))


def _exemption(item: object, index: int, rules: dict[str, Rule]) -> Exemption:
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
    if not any(wildcard(exemption.rule).fullmatch(id_) for id_ in rules):
        message = f"there is no rule {exemption.rule!r}; {nearest(exemption.rule, rules)}".rstrip("; ")
        raise SettingsError(message, (*path, "rule"))
    return exemption


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
        if rules.get(id_, rule) is not rule:
            message = f"rule {id_} exists already; give yours another name"
            raise SettingsError(message, place)
        rules[id_] = rule
