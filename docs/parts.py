"""`docs/parts.md`: every package that running Meshwork installs, from the lock, with its licence.

`docs/parts.cdx.json` is the same as a bill of materials (CycloneDX), for programs that look for known weaknesses. Both
are made in an environment that was installed from the lock: it knows the licences.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

from meshwork import __version__

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"


def locked() -> dict[str, str]:
    """The version of each package in the lock; two if the version of Python decides which is installed."""
    found: dict[str, str] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", LOCK.read_text("utf-8"), re.MULTILINE):
        found[name] = f"{found[name]} or {version}" if name in found else version
    return found


def licence(part: Distribution) -> str:
    """A package's licence as it declares it: by an SPDX expression, by classifiers, or in a word."""
    about = part.metadata
    if "License-Expression" in about:
        return about["License-Expression"]
    classified = [each.split(" :: ")[-1] for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
    if classified:
        return ", ".join(classified)
    first = about["License"].strip().splitlines() if "License" in about else []
    return first[0] if first else "see its own files"


def page() -> str:
    """The page as Markdown."""
    rows = [f"| {name} | {version} | {licence(distribution(name))} |" for name, version in sorted(locked().items())]
    head = (
        "# The parts\n\nEvery package that `requirements.lock` installs, with the licence that it declares. `make "
        "docs` writes this page.\n\n| package | version | licence |\n|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


def bill() -> str:
    """The bill of materials as CycloneDX 1.6: a component for each version in the lock."""
    components = [
        {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
            "licenses": [{"license": {"name": licence(distribution(name))}}],
        }
        for name, versions in sorted(locked().items())
        for version in versions.split(" or ")
    ]
    about = {"component": {"type": "application", "name": "meshwork", "version": __version__}}
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": about}
    return json.dumps(head | {"components": components}, indent=1) + "\n"


PAGES = {"parts.md": page, "parts.cdx.json": bill}
