"""Of which types a report of Checkov shows every resource: it lists those that a check looked at, and counts the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners.sources.terraform_types import terraform_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scanners.sources.terraform_resources import Shown

_LOOK_AT = {
    "CKV_AWS_62": (
        "aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy",
        "aws_ssoadmin_permission_set_inline_policy",
    ),
    "CKV_AWS_274": (
        "aws_iam_role", "aws_iam_policy_attachment", "aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment",
        "aws_iam_group_policy_attachment",
    ),
    "CKV_AWS_40": ("aws_iam_policy_attachment", "aws_iam_user_policy", "aws_iam_user_policy_attachment"),
    "CKV_AWS_273": ("aws_iam_user",),
}  # fmt: skip
"""Types of which some checks pass or fail every resource: Checkov 3.3.30."""


def shown_types(
    content: dict[str, object], records: Iterable[tuple[str, Shown]], unlisted: Iterable[str]
) -> Callable[[str], bool]:
    """Return what says whether a report shows all resources of a Pulumi type.

    `records` are its checks with what they looked at, `unlisted` the Terraform types of resources that others refer to. Where
    these are all that Checkov counted beside those it lists, all other types are shown; else those that a check in the report
    looks at, and has looked at. A report without what passed, or that calls a module from elsewhere, shows none.
    """
    summary = whole_summary(content)
    if summary is None:
        return lambda _: False
    listed: set[tuple[str, str]] = set()
    types: set[str] = set()
    calls_others = False
    for check, shown in records:
        block = (shown.code or "").split(maxsplit=1)[:1]
        calls_others = calls_others or block == ["module"]
        types.update(_LOOK_AT.get(check, ()))
        if block == ["resource"]:
            listed.add((shown.address, shown.file))
    if calls_others:
        return lambda _: False
    others = list(unlisted)
    if summary.get("resource_count") == len(listed) + len(others) and content.get("check_type") == "terraform":
        hidden = _tokens(others)
        return lambda type_: type_ not in hidden
    return _tokens(types).__contains__


def whole_summary(content: dict[str, object]) -> dict[str, object] | None:
    """Return the summary of a report that lists what passed, and of which every file could be read; None for others."""
    summary, results = content.get("summary"), content.get("results")
    passed = results.get("passed_checks") if isinstance(results, dict) else None
    if not isinstance(summary, dict) or not isinstance(passed, list) or summary.get("passed") != len(passed):
        return None
    return None if summary.get("parsing_errors") else summary


def _tokens(types: Iterable[str]) -> set[str]:
    return {found.token for name in types if (found := terraform_type(name))}
