"""Arrays of Python's values are those that Arrow itself makes of them."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from pathlib import Path
from subprocess import run

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import arrays

SAMPLE = Path(__file__).parents[1] / "data" / "sample"

KINDS = {
    pa.string(): st.text(st.characters(exclude_categories=["Cs"])),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.float64(): st.floats(allow_nan=False),
    pa.bool_(): st.booleans(),
    pa.date32(): st.dates(),
    pa.list_(pa.string()): st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3),
}


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(st.data())
def test_a_column_holds_its_values(kind, data):
    values = data.draw(st.lists(st.none() | KINDS[kind]))
    assert arrays.column(values, kind).equals(pa.array(values, kind))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["AA", None], pa.string()),
        ([1, 2], pa.int64()),
        ([1, 0.5], pa.float64()),
        ([True, None], pa.bool_()),
        ([date(2026, 11, 1)], pa.date32()),
        ([["silent_days"], None, []], pa.list_(pa.string())),
        ([None], pa.string()),
        ([], pa.string()),
    ],
)
def test_a_column_without_a_type_has_that_of_its_values(values, kind):
    assert arrays.column(values).equals(pa.array(values, kind))


def test_a_table_has_the_columns_of_its_schema_in_their_order():
    schema = pa.schema({"week": pa.date32(), "meetings": pa.float64()})
    rows = [{"meetings": 3, "week": date(2026, 11, 2)}, {"meetings": None, "week": None}]
    assert arrays.table(rows, schema).equals(pa.Table.from_pylist(rows, schema=schema))
    assert arrays.table([], schema).equals(schema.empty_table())


@pytest.mark.slow
def test_a_first_run_never_loads_pandas(tmp_path):
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "attendance.csv").write_text("client_id,meeting_date,fellowship\nAB-1,2026-11-02,AA\n")
    for export in ("checkins.csv", "meetings.json"):
        shutil.copy(SAMPLE / export, tmp_path / "exports")
    code = (
        "import sys; from pathlib import Path; from pipelines.run import run; here = Path(sys.argv[1]);"
        "run(here / 'exports', here / 'home'); print('pyarrow' in sys.modules, 'pandas' in sys.modules)"
    )
    done = run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["True", "False"]
