"""An error that a person can put right ends as a sentence and exit code 2."""

from __future__ import annotations

import ast
from pathlib import Path

from click.testing import CliRunner

from pipelines import snapshots
from pipelines.cli import main
from pipelines.errors import ActionableError

PACKAGES = [Path(__file__).parents[1] / name for name in ("pipelines", "dashboard")]
FILES = [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]


def test_a_new_kind_of_error_needs_no_more_than_its_base(tmp_path, monkeypatch):
    class NewError(ActionableError):
        """A kind that the commands do not know."""

    def fail(home: Path) -> None:
        raise NewError("The moon is full.")

    monkeypatch.setattr(snapshots, "roll_back", fail)
    result = CliRunner().invoke(main, ["rollback", "--home", str(tmp_path)])
    assert result.exit_code == 2
    assert "The moon is full." in result.output


def test_every_public_error_can_be_acted_on():
    nodes = [node for path in FILES for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    errors = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for node in nodes
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error") and not node.name.startswith("_")
    }
    assert errors.pop("ActionableError") == {"Exception"}
    of_the_base = {"ActionableError"}
    while more := {name for name, bases in errors.items() if bases & of_the_base} - of_the_base:
        of_the_base |= more
    assert set(errors) - of_the_base == set()
