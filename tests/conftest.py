"""What holds for all tests."""

import os

from hypothesis import HealthCheck, settings

# A busy machine is no failure: how long things take is measured by benchmarks.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# What many tests start is compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
