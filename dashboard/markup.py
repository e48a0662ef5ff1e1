"""HTML of the page's own making, from the templates beside this file; every value is escaped on its way in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.wording import phrases

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals["say"] = phrases


def render(template: str, **values: Any) -> str:
    """The HTML of a template. Templates say things through `say`, the module of phrases."""
    return _templates.get_template(f"{template}.html").render(**values)
