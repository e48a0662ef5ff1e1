"""The numbers that the core's definitions rest on, from where Meshwork declares them."""

from __future__ import annotations

from pipelines.definitions import rules
from pipelines.model import models


def numbers() -> dict[str, float]:
    """The rules, and what a week of holidays holds of the usual meetings."""
    return rules() | {"holiday_factor": models()["decline_constant"].rows()["holiday_factor"][0].as_py()}
