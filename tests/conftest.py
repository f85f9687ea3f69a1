"""How long the properties look for counterexamples: `HYPOTHESIS_PROFILE=nightly pytest` takes hours, not seconds."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", deadline=None)
settings.register_profile("nightly", deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
