"""Write the directory that `checkov --external-checks-dir` loads: our rules as its checks, with the configuration they need.

The directory holds two Python files and a configuration that names every rule, so that no file elsewhere changes a verdict.
What the configuration names is taken in: tag policies and the reference policy as settings, rule modules that are files as
copies. A rule module that is named without a file must be installed where Checkov runs.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from policies import __version__, configuration, yaml_reader
from policies.configuration import ConfigurationError
from policies.exemptions import check_id
from policies.provider.renamed import CURRENT
from policies.settings import ALL, written
from scanners.arguments import Usage
from scanners.sources.terraform_types import terraform_type, terraform_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.configuration import Configuration
    from policies.settings import ActiveRule, Settings

_MODULE = "stackproof_checks.py"
_OWN_RULES = "own-rules"
CONFIGURATION = "stackproof.conf"
"""The configuration beside the checks, in YAML; what ends in .yaml Checkov would take for checks of its own making."""

_OURS = frozenset({"__init__.py", _MODULE, CONFIGURATION, _OWN_RULES, "__pycache__"})
_MARK = '"""Rules of stackproof as checks of Checkov.'
_INIT = '"""Checkov loads only what is a package."""\n'
_TEXT = f'''{_MARK}

Written by `stackproof checkov-checks` of version {__version__}: write it again rather than edit it. The rules, their
settings and the exemptions stand beside it, in {CONFIGURATION}.
"""

from pathlib import Path

try:
    from scanners.checkov_host import register
except ImportError as error:
    raise ImportError(
        "stackproof is missing: install stackproof[checkov]=={__version__} in the environment that Checkov runs in"
    ) from error

register(Path(__file__).parent)
'''
_HEAD = """\
# What the checks of this directory judge by, written by `stackproof checkov-checks`. Each rule that stands here is a check.
"""


class Written(NamedTuple):
    """Checkov's ids of the checks that were written, and the rules that look at nothing Terraform has."""

    checks: list[str]
    left_out: list[str]


def terraform_types_of(settings: Settings) -> Iterator[tuple[ActiveRule, list[str]]]:
    """Yield each active rule with the Terraform types that it looks at; none where Terraform has no such type."""
    by_type = settings.by_type()
    types: dict[str, list[str]] = {item.rule.id: [] for item in settings.active}
    for name in ("aws", *terraform_types()):
        found = terraform_type(name)
        for active in by_type.get(CURRENT.get(found.token, found.token), ()) if found else ():
            types[active.rule.id].append(name)
    for active in settings.active:
        yield active, types[active.rule.id]


def write(directory: Path, configured: Configuration, settings: Settings) -> Written:
    """Write checks for the rules of some settings, whole or not at all; what an earlier run wrote there is replaced.

    Raises `Usage`, and `ConfigurationError` for rules that Checkov cannot tell apart or that cannot be copied.
    """
    _refuse_same_ids(settings)
    rules = {active.rule.id: bool(types) for active, types in terraform_types_of(settings)}
    try:
        target = directory.resolve()
        _refuse_what_is_not_ours(directory, target)
        partial, before = (target.with_name(f".stackproof-{os.getpid()}.{end}") for end in ("partial", "before"))
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir()
        try:
            _fill(partial, configured, settings)
            _replace(target, partial, before)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        message = f"{directory}: cannot be written: {error.strerror}"
        raise Usage(message) from None
    return Written(
        [check_id(rule) for rule, is_check in rules.items() if is_check], [rule for rule in rules if not rules[rule]]
    )


def _refuse_same_ids(settings: Settings) -> None:
    counts = Counter(check_id(item.rule.id) for item in settings.active)
    alike = [item.rule.id for item in settings.active if counts[check_id(item.rule.id)] > 1]
    if alike:
        message = f"rules that Checkov could not tell apart: {', '.join(alike)}; give one of them another name"
        raise ConfigurationError(message)


def _refuse_what_is_not_ours(directory: Path, target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        message = f"{directory} is no directory; name a new one"
        raise Usage(message)
    names = {path.name for path in target.iterdir()}
    if not names:
        return
    module = target / _MODULE
    if _MODULE not in names or not module.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        message = f"{directory} is not empty, and not written by this command; name a new directory or an empty one"
        raise Usage(message)
    if foreign := sorted(names - _OURS):
        message = f"{directory} holds {foreign[0]}, which this command has not written; move it away or name a new directory"
        raise Usage(message)


def _replace(target: Path, partial: Path, before: Path) -> None:
    """Put a directory in the place of another, which is gone then."""
    if not target.exists():
        partial.rename(target)
        return
    target.rename(before)
    try:
        partial.rename(target)
    except BaseException:
        before.rename(target)
        raise
    shutil.rmtree(before, ignore_errors=True)


def _fill(directory: Path, configured: Configuration, settings: Settings) -> None:
    (directory / "__init__.py").write_text(_INIT, encoding="utf-8")
    (directory / _MODULE).write_text(_TEXT, encoding="utf-8")
    modules = list(_copied_modules(configured.path, directory / _OWN_RULES))
    content = _content(configured, settings, modules)
    file = directory / CONFIGURATION
    file.write_text(_HEAD + _yaml(content), encoding="utf-8")
    configuration.load(file)  # a copy of a rule module may not work where it is now


def _copied_modules(path: Path | None, directory: Path) -> Iterator[str]:
    """Copy the rule modules that a configuration names as files; yield what names each of its modules from now on."""
    content = yaml_reader.read(path.read_text(encoding="utf-8")).content if path else None
    names: Iterable[str] = (content.get("rule-modules") or []) if isinstance(content, dict) else []
    for index, name in enumerate(names):
        if path is None or not name.endswith(".py"):
            yield name
            continue
        directory.mkdir(exist_ok=True)
        copy = directory / f"{index}-{Path(name).name}"  # no name that a program imports: Checkov puts it on Python's path
        shutil.copyfile(path.parent / name, copy)
        yield f"{_OWN_RULES}/{copy.name}"


def _content(configured: Configuration, settings: Settings, modules: list[str]) -> dict[str, Any]:
    """Return a configuration that switches on the rules of some settings, each as it is configured, and no others."""
    active = {item.rule.id for item in settings.active}
    wanted = [id_ for id_ in configured.rules if id_ in active]
    rules: dict[str, object] = {id_: dict(configured.given.get(id_, {})) for id_ in (ALL, *wanted)}
    if not rules[ALL]:
        del rules[ALL]
    own = configured.rules.keys() - configuration.load(None).rules.keys()
    rules |= {id_: {"level": "disabled"} for id_ in sorted(own - active)}  # rules of rule modules are on by themselves
    content: dict[str, Any] = {"extends": [], "rules": rules}
    if modules:
        content["rule-modules"] = modules
    if configured.exemptions:
        content["exemptions"] = [
            {name: value for name, value in written(item).items() if value} for item in configured.exemptions
        ]
    return content


def _yaml(content: dict[str, Any]) -> str:
    import yaml  # noqa: PLC0415  (late: only here)

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  (PyYAML's own)
            return True

    return yaml.dump(content, Dumper=Plain, sort_keys=False, allow_unicode=True, width=120)
