"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# Hypothesis has a profile of its own for CI, without a database: there each test looks it up through all the tests before
# it, until Python's stack ends. `make` gives a seed instead: in CI a change is judged by the same cases each time.
settings.load_profile("default")
