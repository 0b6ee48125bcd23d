"""Previews: what `pulumi preview --json` prints, one document or, streaming, one engine event a line.

A document leaves out the resources that stay the same unless `--show-sames` is given, and has the edges between resources. A
stream has every resource, and no edges: there, references are followed by their values alone. Both leave out default
providers, whose settings stand in the configuration, and neither knows what the providers will record.

The shapes are pulumi's `PreviewDigest` (pkg/display/json.go) and `EngineEvent` (sdk/go/common/apitype/events.go).
"""

from __future__ import annotations

import io

import msgspec

from scanners.sources.preview_stack import ABSENT, PreviewStack, Step
from scanners.sources.source import SourceError, SourceStack
from scanners.sources.stack_export import misfit


class _DocumentStep(msgspec.Struct, rename="camel"):
    op: str
    urn: str = ""
    old_state: msgspec.Raw = ABSENT
    new_state: msgspec.Raw = ABSENT


class _Diagnostic(msgspec.Struct):
    severity: str = ""
    urn: str = ""


class _Document(msgspec.Struct, rename="camel"):
    steps: list[msgspec.Raw] | None = None
    config: dict[str, str] | None = None
    diagnostics: list[_Diagnostic] | None = None
    change_summary: dict[str, int] | None = None


class _Prelude(msgspec.Struct):
    config: dict[str, str] | None = None


class _StepEvent(msgspec.Struct):
    metadata: Step
    planning: bool = False


class _Summary(msgspec.Struct):
    result: str = ""


class _Event(msgspec.Struct, rename="camel"):
    prelude_event: _Prelude | None = None
    resource_pre_event: _StepEvent | None = None
    res_outputs_event: _StepEvent | None = None
    res_op_failed_event: _StepEvent | None = None
    diagnostic_event: _Diagnostic | None = None
    error_event: dict[str, msgspec.Raw] | None = None
    summary_event: _Summary | None = None


_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_document = msgspec.json.Decoder(_Document).decode
_read_step = msgspec.json.Decoder(_DocumentStep).decode
_read_event = msgspec.json.Decoder(_Event).decode


def is_stream(data: bytes) -> bool:
    """Say whether a file holds engine events: its first line is one."""
    first = next((line for line in io.BytesIO(data) if not line.isspace()), b"")
    try:
        fields = _read_fields(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return "sequence" in fields and any(name.endswith("Event") for name in fields)


def read(path: str, data: bytes, *, view: str = "inputs") -> SourceStack | None:
    """Read the stack that a preview foretells; None if the data is JSON of another kind.

    Raises `SourceError`; `view` must be `inputs`.
    """
    preview = _read_stream(data) if is_stream(data) else _read_whole(data)
    if preview is None:
        return None
    if view != "inputs":
        raise SourceError(f"a preview does not know what the providers will record: leave out --view {view}")
    return preview.source(path)


def _read_whole(data: bytes) -> PreviewStack | None:
    document = _decode(data)
    if document is None or all(part is None for part in (document.steps, document.change_summary, document.diagnostics)):
        return None
    preview = PreviewStack("$.steps[{}]".format, masked=False)
    preview.config = document.config or {}
    changes = document.change_summary or {}
    preview.unchanged = changes.get("same", 0)
    for index, raw in enumerate(document.steps or ()):
        try:
            step = _read_step(raw)
        except msgspec.ValidationError as error:
            raise misfit(error, f"$.steps[{index}]") from None
        preview.add(index, Step(step.op, step.urn, step.old_state, step.new_state))
    failed_at = [found.urn for found in document.diagnostics or () if found.severity == "error"]
    for urn in failed_at:
        preview.fails(urn)
    if not changes and not failed_at:
        preview.note("there is no changeSummary: the preview did not come to its end")
    return preview


def _decode(data: bytes) -> _Document | None:
    try:
        return _read_document(data)
    except msgspec.ValidationError as error:
        try:
            is_preview = _read_fields(data).keys() & {"steps", "changeSummary"}
        except msgspec.ValidationError:  # no object
            return None
        if is_preview:
            raise misfit(error, "$") from None
        return None


def _read_stream(data: bytes) -> PreviewStack:
    preview = PreviewStack("line {}".format, masked=True)
    ended = False
    for number, line in enumerate(io.BytesIO(data), 1):
        if line.isspace():
            continue
        try:
            event = _read_event(line)
            _take(preview, number, event)
        except msgspec.ValidationError as error:
            raise misfit(error, f"line {number}: $") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise SourceError(f"line {number}: not valid JSON; each line of a preview's events is an object") from None
        ended |= event.summary_event is not None
    if not ended:
        preview.note("the events end before their summary: the preview did not come to its end")
    return preview


def _take(preview: PreviewStack, number: int, event: _Event) -> None:
    if event.prelude_event:
        preview.config = event.prelude_event.config or {}
    for found in (event.resource_pre_event, event.res_outputs_event):
        if found and not found.planning:
            raise SourceError(f"line {number}: an event of an update, not of a preview; export the stack that the update left")
        if found:
            preview.add(number, found.metadata, done=found is event.res_outputs_event)
    if event.diagnostic_event and event.diagnostic_event.severity == "error":
        preview.fails(event.diagnostic_event.urn)
    if event.res_op_failed_event:
        preview.fails(event.res_op_failed_event.metadata.urn)
    if event.error_event is not None:
        preview.fails("")
    if event.summary_event:
        preview.ends(event.summary_event.result)
