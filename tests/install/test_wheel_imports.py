"""How the wheel rewrites imports."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from hatch_build import as_installed

ROOT = Path(__file__).parents[2]
PACKAGED = sorted(path for folder in ("pipelines", "dashboard", "meshwork") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize(
    ("written", "installed"),
    [
        ("from pipelines.run import run", "from meshwork.pipelines.run import run"),
        ("from dashboard import links", "from meshwork.dashboard import links"),
        ("from pipelines.run import (\n    run,\n)", "from meshwork.pipelines.run import (\n    run,\n)"),
        ("import dashboard as package", "import meshwork.dashboard as package"),
        ("import os, pipelines.run as once", "import os, meshwork.pipelines.run as once"),
        ("def f():\n    from pipelines import run", "def f():\n    from meshwork.pipelines import run"),
        ("a = 'é'; from pipelines import run", "a = 'é'; from meshwork.pipelines import run"),
        ("from . import run", "from . import run"),
        ("from pipelinesque import run", "from pipelinesque import run"),
        ('"""from pipelines import run"""', '"""from pipelines import run"""'),
        ("dashboard = 1", "dashboard = 1"),
    ],
)
def test_an_import_of_a_package_of_ours_names_meshwork_and_all_else_stays(written, installed):
    assert as_installed(written, "file.py") == installed


def test_an_import_that_binds_the_name_at_the_top_is_refused():
    with pytest.raises(ValueError, match=r"file\.py:2: write `from pipelines\.run import"):
        as_installed("import os\nimport pipelines.run", "file.py")


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_is_installed_with_no_name_of_ours_at_the_top(path):
    tree = ast.parse(as_installed(path.read_text("utf-8"), path.name))
    for node in ast.walk(tree):
        named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        # A module named in a string, as importlib wants it, is not rewritten: use __package__ or a path.
        named += [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
        assert not [name for name in named if re.fullmatch(r"(pipelines|dashboard)(\.[a-z_]+)+", name)]
