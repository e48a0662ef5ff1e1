"""`docs/words.md`: every sentence that the product can say, on one page, for a reviewer to read.

It is made from the wording modules, the pages and the templates.
"""

from __future__ import annotations

import ast
import re
from html import unescape
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = {
    "Wording (screen, digest and report)": "pipelines/wording",
    "Pages": "dashboard/views",
    "Pieces that pages share": "dashboard/sections",
    "Charts": "dashboard/charts",
}
TEMPLATES = {
    "Templates of the pages": "dashboard/templates/*.html",
    "Template of the digest": "pipelines/digest/*.html",
    "Templates of the report": "pipelines/report/templates/*.html",
}
BLANK = "…"  # in place of what comes from the data


def page() -> str:
    """The text of docs/words.md."""
    parts = [
        "# What the product says",
        "",
        "Every sentence, label and heading on the screen, in the digest and in the report. `…` is what comes "
        "from the data. `make docs` writes this page; change the words where they are, not here.",
    ]
    for title, folder in CODE.items():
        parts += _section(title, {path: of_code(path) for path in sorted((ROOT / folder).glob("*.py"))})
    for title, pattern in TEMPLATES.items():
        parts += _section(title, {path: of_template(path) for path in sorted(ROOT.glob(pattern))})
    return "\n".join(parts) + "\n"


def of_code(path: Path) -> list[str]:
    """The words in a module: texts with a blank in them or a capital, and no documentation, names or markup."""
    tree = ast.parse(path.read_text("utf-8"))
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)} - {
        id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in documentation:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else BLANK for part in node.values]
            found.append((node.lineno, "".join(map(str, parts))))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            found.append((node.lineno, node.value))
    return _unique([text for _, text in sorted(found) if _is_prose(text)])


def of_template(path: Path) -> list[str]:
    """The words in a template, without its tags; those in attributes that are read out among them."""
    text = re.sub(r"\{#.*?#\}|<style>.*?</style>", "", path.read_text("utf-8"), flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title)="([^"]+)"', text)
    text = re.sub(
        r"</?(?:p|li|h1|h2|h3|td|th|dt|dd|caption|summary|div|span|tr|ul|ol|section|small)\b[^>]*>", "\n", text
    )
    text = re.sub(r"\{%.*?%\}", "\n", text, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", text, flags=re.DOTALL)
    lines = [re.sub(r"\{\{.*?\}\}", BLANK, line) for line in [*spoken, *text.splitlines()]]
    return _unique([line for line in lines if re.search(r"[A-Za-z]{2}", line) and "{" not in line])


def _section(title: str, words: dict[Path, list[str]]) -> list[str]:
    parts = ["", f"## {title}"]
    for path, found in words.items():
        if found:
            parts += ["", f"### {path.stem.replace('_', ' ')}", "", *(f"- {each}" for each in found)]
    return parts


def _unique(texts: list[str]) -> list[str]:
    cleaned = (" ".join(unescape(text).split()) for text in texts)
    return list(dict.fromkeys(text for text in cleaned if text))


def _is_prose(text: str) -> bool:
    if re.search(r"[<>{}|\\=]|datum\.|\.html|--|^%|^[a-z]+-[a-z-]+$|timeFormat|^#|^\.|calc\(|sans-serif", text):
        return False
    words = re.findall(r"[A-Za-z]{2,}", text)
    return (len(words) > 1 and " " in text.strip()) or bool(re.fullmatch(r"[A-Z][a-z]+\.?", text))


PAGES = {"words.md": page}
