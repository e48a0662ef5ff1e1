"""The catalogue of therapeutic tasks: the built-in one, or a clinic's own, `tasks.toml` in its home folder."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.home import TASKS
from pipelines.ingest.dictionary import words_of
from pipelines.model import declared_rows, models
from pipelines.settings import SettingsError

_TEXTS = ("title", "purpose", "matches")


def load(home: Path) -> pa.Table | None:
    """The clinic's own tasks, as task_catalogue.toml declares them; None if it has none. Raises SettingsError."""
    path = home / TASKS
    if not path.exists():
        return None
    try:
        text = path.read_text("utf-8")
        tasks = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{TASKS} cannot be read as TOML: {error}.") from None
    if not tasks:
        raise SettingsError(f"{TASKS} holds no task.")
    for name, task in tasks.items():
        problem = _problem(task)
        if problem:
            raise SettingsError(f"{TASKS}, [{name}]: {problem}.")
    return declared_rows(text)


def words(own: pa.Table | None) -> frozenset[str]:
    """The words of the clinic's own tasks, or of the built-in ones: none of them is somebody's name."""
    tasks = (models()["task_catalogue"].rows() if own is None else own).to_pylist()
    return words_of(text for task in tasks for text in (task["title"], task["purpose"], *task["prompts"]))


def _problem(task: Any) -> str | None:
    """What a task lacks, None if it is whole."""
    if not isinstance(task, dict) or set(task) != {"step", "prompts", *_TEXTS}:
        return f"a task has step, {', '.join(_TEXTS)} and prompts, and nothing else"
    if isinstance(task["step"], bool) or not isinstance(task["step"], int) or not 0 <= task["step"] <= 12:
        return "step must be a whole number from 0 to 12"
    if not all(isinstance(task[key], str) and task[key] for key in _TEXTS):
        return f"{', '.join(_TEXTS)} must be texts"
    prompts = task["prompts"]
    if not isinstance(prompts, list) or not prompts or not all(isinstance(each, str) for each in prompts):
        return "prompts must be a list of texts"
    try:
        re.compile(task["matches"])
    except re.error:
        return "matches is not a regular expression"
    return None
