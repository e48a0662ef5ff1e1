"""The page's own HTML, from the templates beside this file; every value is escaped on the way in."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.wording import (
    amounts,
    associations,
    clients,
    control,
    dates,
    freshness,
    involvement,
    labels,
    sobriety,
    worklist,
)

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_WORDING = (amounts, associations, clients, control, dates, freshness, involvement, labels, sobriety, worklist)
_templates.globals["say"] = SimpleNamespace(
    **{name: value for module in _WORDING for name, value in vars(module).items() if not name.startswith("_")}
)


def render(template: str, **values: Any) -> str:
    """The HTML of a template. Templates call the wording modules through `say`."""
    return _templates.get_template(f"{template}.html").render(**values)
