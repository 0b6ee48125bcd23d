"""Run a Pulumi program under mocks and print what it registered, as a stack export.

    python -m tests.programs DIRECTORY

The mocks do what the AWS provider's Check and Create do to the properties that rules read: `tagsAll`, names and ids.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pulumi

from policies.provider import takes_tags

PROJECT, STACK = "shop", "dev"
NAMED = {"aws:s3/bucket:Bucket": "bucket"}


class Recorder(pulumi.runtime.Mocks):
    """Accepts every resource and keeps it."""

    def __init__(self) -> None:
        self.resources: list[dict[str, Any]] = []
        self.default_tags: dict[str, dict[str, str]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        id_ = f"{args.name}-0a1b2c3"
        inputs = {key: value for key, value in args.inputs.items() if value is not None}
        provider = args.provider or ""
        if args.typ == "pulumi:providers:aws":
            self.default_tags[args.name] = json.loads(inputs.get("defaultTags", "{}")).get("tags", {})
        elif takes_tags(args.typ):
            name = provider.rpartition("::")[0].rpartition("::")[2]
            merged = {**self.default_tags.get(name, {}), **inputs.get("tags", {})}
            inputs["tagsAll"] = merged
        if args.typ in NAMED:
            inputs.setdefault(NAMED[args.typ], id_)
            id_ = inputs[NAMED[args.typ]]
        outputs = {"arn": f"arn:aws:mock:eu-west-1:111122223333:{id_}", "name": id_, **inputs}
        self.resources.append({
            "urn": f"urn:pulumi:{STACK}::{PROJECT}::{args.typ}::{args.name}",
            "type": args.typ,
            "custom": True,
            "id": id_,
            "inputs": inputs,
            "outputs": outputs,
            "provider": provider,
        })  # fmt: skip
        return id_, outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:  # noqa: ARG002
        return {}, None


def export(program: Path) -> dict[str, Any]:
    """Run a program; return the stack export that it would leave."""
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project=PROJECT, stack=STACK)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]  # waits for everything the program starts
    def run() -> None:
        runpy.run_path(str(program / "__main__.py"), run_name="__main__")

    run()
    resources = sorted(recorder.resources, key=lambda resource: str(resource["urn"]))
    return {"version": 3, "deployment": {"resources": resources}}


if __name__ == "__main__":
    json.dump(export(Path(sys.argv[1])), sys.stdout)
