"""Run as a program: what checks of ours say in Checkov of many examples, each a directory that is judged by itself.

    python -m tests.checkov_examples CHECKS EXAMPLES

EXAMPLES holds a directory for each, and `examples.json`: a list of directory, check and address. The answers go to standard
output. Checkov reads all in one run; the graph that a check is shown is cut to its directory.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

from checkov.common.models.enums import CheckResult
from checkov.runner_filter import RunnerFilter
from checkov.terraform.checks.provider.registry import provider_registry
from checkov.terraform.checks.resource.registry import resource_registry
from checkov.terraform.runner import Runner


class Cut(NamedTuple):
    """The part of a graph that stands in one directory."""

    vertices: list[tuple[int, dict[str, Any]]]

    def nodes(self) -> list[tuple[int, dict[str, Any]]]:
        return self.vertices

    def content_of(self, address: str) -> dict[str, Any]:
        for _, vertex in self.vertices:
            content = next(iter(vertex["config_"].values()))
            if vertex["block_type_"] == "resource":
                content = next(iter(content.values()))
            if vertex["block_type_"] in {"resource", "provider"} and content["__address__"] == address:
                return content  # type: ignore[no-any-return]
        message = f"Checkov knows no {address}"
        raise LookupError(message)


def main(checks: str, examples: Path) -> None:
    resource_registry.load_external_checks(checks)
    runner = Runner()
    runner.run(root_folder=str(examples), runner_filter=RunnerFilter(framework=["terraform"], checks=["CKV_NOT_ONE"]))
    cuts: dict[str, Cut] = {}
    for node in runner.all_graphs[0][0].nodes():
        cuts.setdefault(Path(node[1]["file_path_"]).parent.name, Cut([])).vertices.append(node)
    every = {check.id: check for registry in (resource_registry, provider_registry) for _, check in registry.all_checks()}
    answers = []
    for directory, id_, address in json.loads((examples / "examples.json").read_text()):
        check, content = every[id_], cuts[directory].content_of(address)
        check.graph = cuts[directory]  # type: ignore[assignment]
        result = check.run(f"/{directory}/main.tf", content, address, address.split(".")[0], {})
        answers.append(CheckResult(result["result"]).value)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
