"""A clinic whose every text is a formula: no file that leaves Meshwork holds one, and its figures come out all the same."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from dashboard.links import token_of
from pipelines import report
from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.journal.file import write as write_journal
from pipelines.journal.store import Contact, Journal
from pipelines.run import run
from pipelines.sample import write as write_sample
from pipelines.settings import Settings
from pipelines.snapshots import readable
from pipelines.spreadsheet import FORMULA
from tests.dashboard.conftest import served
from tests.dashboard.wire import Visitor
from tests.test_run import meshwork

pytestmark = pytest.mark.slow
PAGES = (
    ("", {"therapist": "All therapists"}),
    *((page, {}) for page in ("director", "trends", "pathway", "sobriety", "data")),
)


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet program would calculate a cell; a number below zero is a number."""
    try:
        float(cell)
    except ValueError:
        return cell.startswith(FORMULA)
    return False


def formulas(content: bytes | str) -> list[str]:
    text = content.decode() if isinstance(content, bytes) else content
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row if is_formula(cell)]


def made_formulas(folder: Path) -> None:
    """Put `=` before each text of the exports in a folder."""
    for path in folder.glob("*.csv"):
        export = exports()[path.stem.partition("_")[0]]
        texts = {column.name for column in export.columns if column.type == "text"}
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = list(csv.reader(stream))
        with path.open("w", encoding="utf-8", newline="") as stream:
            out = csv.writer(stream)
            out.writerow(header)
            for row in rows:
                cells = zip(header, row, strict=True)
                out.writerow([f"={cell}" if name in texts and cell else cell for name, cell in cells])
    directory = json.loads((folder / "meetings.json").read_text("utf-8"))
    for meeting in directory:
        meeting |= {"name": f"={meeting['name']}", "location": f"@{meeting.get('location', '')}"}
    (folder / "meetings.json").write_text(json.dumps(directory), "utf-8")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("formulas")
    write_sample(place / "exports", clients=120, weeks=40)
    made_formulas(place / "exports")
    (place / "exports" / "attendance_zz.csv").write_text("client_id,meeting_date,fellowship,site\n-no,=1+1,AA,=Elm\n")
    run(place / "exports", place / "home")
    return place / "home"


def test_no_page_gives_a_file_with_a_formula(home, tmp_path):
    with Engine(readable(home), read_only=True) as engine:
        client_id = engine.value("SELECT min(client_id) FROM meeting_suggestions")
    token = token_of(home, client_id)
    taken = {}
    with served(home, tmp_path / "log") as address:
        visitor = Visitor(address)
        for page, query in (*PAGES, ("client", {"c": token})):
            visitor.open(page, **query)
            assert visitor.failures() == []
            for number, (label, file_id) in enumerate(visitor.offered()):
                if "CSV" in label:
                    taken[page, label, number] = visitor.take(file_id)
        visitor.leave()
    assert len({page for page, _, _ in taken}) == len(PAGES) + 1
    assert any(b"'=" in content for content in taken.values())
    assert {where: formulas(content) for where, content in taken.items() if formulas(content)} == {}


def test_no_command_writes_a_file_with_a_formula(home, tmp_path):
    assert meshwork("rejected", "--home", home, "--csv", tmp_path / "rejected.csv")[0] == 0
    journal = Journal.of(home, Settings())
    journal.write(Contact("-ab-1", None, "contacted", None, None, False, None, "=T01"))
    write_journal(journal, tmp_path / "journal.csv")
    written = report.write(home, date(2026, 9, 1), tmp_path / "out", ["csv", "xlsx"])
    found = {path.name: formulas(path.read_bytes()) for path in tmp_path.rglob("*.csv")}
    assert len(found) == 3
    assert {name: cells for name, cells in found.items() if cells} == {}
    book = openpyxl.load_workbook(next(path for path in written if path.suffix == ".xlsx"))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "s" in kinds
    assert "f" not in kinds
