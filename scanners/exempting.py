"""Which exemption is for a result, and how many results each is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.exemptions import first
from scanners.report import ExemptionNote

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable
    from datetime import date

    from policies.exemptions import Exemption


class Exempting:
    """The exemptions of a configuration on a day, those of each rule looked up once; it counts what each is about."""

    def __init__(self, exemptions: Iterable[Exemption], today: date) -> None:
        """Take the exemptions in the order of the configuration."""
        self._places = {exemption: str(place) for place, exemption in enumerate(exemptions)}
        self._today = today
        self._by_names: dict[tuple[str, ...], list[Exemption]] = {}
        self._notes: dict[Exemption, ExemptionNote] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._places)

    def of(self, names: tuple[str, ...]) -> list[Exemption]:
        """Return those from one of some rules or checks."""
        own = self._by_names.get(names)
        if own is None:
            own = self._by_names[names] = [item for item in self._places if item.is_from(names)]
        return own

    def note(self, own: list[Exemption], urns: tuple[str, ...], about: int, uses: Counter[str]) -> ExemptionNote | None:
        """Return what a report says of the exemption for a resource, of some that are from the rule.

        `urns` are all that the resource has or had. `about` results are counted in `uses` for each exemption that matches,
        whichever answers.
        """
        found = [item for item in own if item.is_for(urns)]
        for item in found:
            uses[self._places[item]] += about
        exemption = first(found, self._today)
        if exemption is None:
            return None
        return self._notes.get(exemption) or self._notes.setdefault(exemption, _exemption_note(exemption, self._today))


def _exemption_note(exemption: Exemption, today: date) -> ExemptionNote:
    expires = exemption.expires.isoformat() if exemption.expires else ""
    expired, words = exemption.is_expired(today), exemption.words(today)
    return ExemptionNote(exemption.reason, exemption.owner, expires, expired, words=words)
