"""Settings of all tests."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)  # a change is judged by the same cases each time; a laptop looks for new ones
if os.environ.get("CI"):
    settings.load_profile("ci")
