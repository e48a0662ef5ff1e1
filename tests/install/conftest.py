"""Meshwork as a user has it: the wheel, in an environment without this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
VENV = "Programme für Käthe"


class Installed(NamedTuple):
    """An environment with the wheel in it."""

    python: Path
    command: Path  # `meshwork` itself
    folder: Path  # where to run it: an empty folder
    environment: dict[str, str]

    def run(self, *words: object, **settings: str) -> subprocess.CompletedProcess[str]:
        """The output and the exit code of a command."""
        return subprocess.run(
            [str(word) for word in words],
            cwd=self.folder,
            env=self.environment | settings,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )


@pytest.fixture(scope="session")
def installed(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Installed:
    """Its dependencies are those that are installed here; the folder's name is one that a person might have given it."""
    folder = made_once("elsewhere", install)
    scripts = folder / VENV / ("Scripts" if os.name == "nt" else "bin")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MESHWORK"))}
    return Installed(scripts / "python", scripts / "meshwork", folder, environment)


def install(folder: Path) -> None:
    venv = folder / VENV
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    scripts = venv / ("Scripts" if os.name == "nt" else "bin")
    pip = [sys.executable, "-m", "pip", "--quiet", "--python", scripts / "python"]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", *folder.glob("*.whl")], check=True)
    packages = next(venv.rglob("site-packages"))
    # A path in such a file is searched, but the path files in it are not read: so not the one that leads to the checkout.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
