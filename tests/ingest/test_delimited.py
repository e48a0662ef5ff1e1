"""Delimited text: stray quotation marks, mixed encodings and left-out cells; and that both readers read the same."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines.contract import exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest.layout import OWN, Layout
from pipelines.ingest.read import UnreadableError, read, scan
from pipelines.ingest.read.content import require_unchanged
from pipelines.ingest.stage import stage

ENGINE = Engine()  # of all examples: each replaces what the one before has read
ATTENDANCE = exports()["attendance"]
HEADER = "client_id,meeting_date,fellowship,meeting_id\n"


@pytest.fixture
def rows(tmp_path):
    """Reads a text: its rows, each with its line, and its broken rows with what is wrong, in the order of the lines."""

    def of(content: str | bytes, layout: Layout = OWN, header: str = HEADER) -> list[tuple]:
        path = tmp_path / "attendance.csv"
        path.write_bytes(
            (header.encode() if header else b"") + (content if isinstance(content, bytes) else content.encode())
        )
        found = []
        for batch in read(path, ATTENDANCE, layout).batches:
            found += list(zip(batch.lines, *batch.cells, strict=True)) + [(b.line, b.reason) for b in batch.broken]
        return sorted(found)

    return of


NOT_CLOSED = "a quotation mark opens here and does not close"
NOT_OPENED = "a quotation mark closes here that does not open"


def test_two_stray_quotes_do_not_swallow_the_rows_between_them(rows):
    text = 'AB-1,2026-10-01,AA,"x\nAB-2,2026-10-02,AA,y\nAB-3,2026-10-03,NA,"z\nAB-4,2026-10-04,NA,w\n'
    assert rows(text) == [
        (2, NOT_CLOSED),
        (3, "AB-2", "2026-10-02", "AA", "y"),
        (4, NOT_CLOSED),
        (5, "AB-4", "2026-10-04", "NA", "w"),
    ]


def test_two_stray_quotes_around_a_row_with_quotes_of_its_own(rows):
    text = 'AB-1,2026-10-01,AA,"x\nAB-2,2026-10-02,AA,"y, z"\nAB-3,2026-10-03,NA,w"\n'
    assert [row if len(row) == 2 else row[0] for row in rows(text)] == [(2, NOT_CLOSED), 3, (4, NOT_OPENED)]


@pytest.mark.parametrize(
    "cell",
    ["one\ntwo", "one, two\nthree, four", "a,b,c\nd,e,f", "\n\n", 'said ""so""\nand left', "1,2,3\n4,5,6\n7,8,9"],
)
def test_a_quoted_line_break_is_read(rows, cell):
    ((line, *_, found),) = rows(f'AB-1,2026-10-01,AA,"{cell}"\n')
    assert (line, found) == (2, cell.replace('""', '"'))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("AB-1,2026-10-01,AA\n", ("AB-1", "2026-10-01", "AA", "")),
        ("AB-1,2026-10-01,AA,x,\n", ("AB-1", "2026-10-01", "AA", "x")),
        ("AB-1,2026-10-01,AA,x, , \n", ("AB-1", "2026-10-01", "AA", "x")),
        ('="0001",2026-10-01,AA,x\n', ("0001", "2026-10-01", "AA", "x")),
        ('"=""0001""","=""2026-10-01""",AA,x\n', ("0001", "2026-10-01", "AA", "x")),
        ('AB-1,2026-10-01,AA,6" pipe\n', ("AB-1", "2026-10-01", "AA", '6" pipe')),
        ('AB-1, "2026-10-01" ,AA,"x" \n', ("AB-1", "2026-10-01", "AA", "x")),
        ('AB-1,2026-10-01,AA,x"\n', NOT_OPENED),
        ("AB-1,2026-10-01\n", "the row has 2 columns, the header has 4"),
        ("AB-1,2026-10-01,AA,x,y\n", "the row has 5 columns, the header has 4"),
        ('AB-1,2026-10-01,AA,"x"y\n', "a quotation mark closes before its cell ends"),
        ("AB-1,2026-10-01,AA,\ue000x\n", "the row holds a character that belongs to no script (U+E000)"),
        (f"AB-1,2026-10-01,AA,{'x' * 40_000}\n", "a cell is longer than 32,767 characters"),
    ],
)
def test_a_row_is_read_or_rejected_with_a_reason(rows, text, found):
    expected = (2, found) if isinstance(found, str) else (2, *found)
    assert rows(text + "AB-9,2026-10-09,AA,z\n") == [expected, (3, "AB-9", "2026-10-09", "AA", "z")]


def test_a_guarded_header(rows):
    text = '="client_id",="meeting_date","=""fellowship""",note\n'
    assert rows("AB-1,2026-10-01,AA,x\n", header=text) == [(2, "AB-1", "2026-10-01", "AA", "x")]


def test_a_header_with_a_comma_too_many(rows):
    text = "AB-1,2026-10-01,AA,x\nAB-2,2026-10-02,NA,y,\nAB-3,2026-10-03,NA,y,z\n"
    assert [len(row) for row in rows(text, header=HEADER.replace("\n", ",\n"))] == [5, 5, 2]


def test_a_line_in_another_encoding_costs_itself_only(rows):
    text = "AB-1,2026-10-01,AA,Nörd\nAB-2,2026-10-02,AA,Süd\n".encode() + "AB-3,2026-10-03,AA,Öst\n".encode("cp1252")
    assert rows(text) == [
        (2, "AB-1", "2026-10-01", "AA", "Nörd"),
        (3, "AB-2", "2026-10-02", "AA", "Süd"),
        (
            4,
            "the row is not written in the encoding by which the file is read (utf-8): save the file as UTF-8, or give "
            "its `encoding` in a mapping profile",
        ),
    ]


def test_a_utf8_line_in_a_windows_file_costs_itself_only(rows):
    text = "AB-1,2026-10-01,AA,Nörd\nAB-2,2026-10-02,AA,Süd\n".encode("cp1252") + "AB-3,2026-10-03,AA,Öst\n".encode()
    assert [row[4] if len(row) == 5 else row[1][:38] for row in rows(text)] == [
        "Nörd", "Süd", "the row is not written in the encoding",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp437", "cp850", "mac_roman"])
@pytest.mark.parametrize("site", ["Café", "Jönköping Väst", "Málaga Süd", "Nîmes", "Zürich"])
def test_letters_of_an_older_encoding_are_not_misread_in_silence(tmp_path, encoding, site):
    path = tmp_path / "attendance.csv"
    path.write_bytes((HEADER + f"AB-1,2026-10-01,AA,{site}\n").encode(encoding))
    misread = read(path, ATTENDANCE, OWN)
    assert [remark[:29] for remark in misread.remarks] == ["some letters may be misread: "]
    (batch,) = read(path, ATTENDANCE, replace(OWN, encoding=encoding)).batches
    assert batch.cells[3] == (site,)


@pytest.mark.parametrize(
    "site",
    [
        "Café",
        "KÖLN",
        "Dušan",
        "DUŠAN",
        "Œuvre cœur",
        "Women’s",
        "A–B",
        "“Hope” House",
        "Suboxone™",
        "Foo\xa0Bar",
        "Zoë…",
    ],
)
def test_letters_of_windows_1252_are_taken_for_nothing_else(tmp_path, site):
    path = tmp_path / "attendance.csv"
    path.write_bytes((HEADER + f"AB-1,2026-10-01,AA,{site}\n").encode("cp1252"))
    reading = read(path, ATTENDANCE, OWN)
    (batch,) = reading.batches
    assert (batch.cells[3], reading.remarks) == ((site,), [])


def test_title_rows_are_reported_and_a_profile_skips_them(rows):
    titles = "Attendance of October\nprinted,2026-11-01\n\n"
    with pytest.raises(UnreadableError, match=r"its header in line 4.*skip_rows = 3"):
        rows("AB-1,2026-10-01,AA,x\n", header=titles + HEADER)
    assert rows("AB-1,2026-10-01,AA,x\n", replace(OWN, skip_rows=3), titles + HEADER) == [
        (5, "AB-1", "2026-10-01", "AA", "x")
    ]


def test_a_profile_stops_at_the_totals_and_chooses_rows(tmp_path):
    path = tmp_path / "attendance.csv"
    path.write_text(
        "client_id,meeting_date,fellowship,event\nAB-1,2026-10-01,AA,weekly\nAB-1,2026-10-01,AA,intake\nTotal,,,2\nEnd\n"
    )
    reading = read(path, ATTENDANCE, replace(OWN, only={"Event": "Weekly"}, stop_at="total"))
    (batch,) = reading.batches
    assert (list(batch.lines), list(batch.broken)) == ([2], [])
    assert reading.remarks == [
        "1 rows passed over, as the profile's `only` says",
        "no source of the profile takes 1 of them: see line 3 (1 rows)",
        "2 rows from line 4 on not read, as the profile's `stop_at` says",
    ]


@pytest.mark.parametrize("footer", ["Total,,,2\n", "Total: 2 rows\n", 'Total,"2\n', "Total", " ,Total\n\n"])
def test_a_footer_ends_the_rows_however_many_cells_it_has(tmp_path, footer):
    path = tmp_path / "attendance.csv"
    row = "AB-1,2026-10-01,AA,x\n"
    path.write_text(f"{HEADER}{row}broken\n{footer}" + ("" if footer == "Total" else f"printed\n{row}"))
    reading = read(path, ATTENDANCE, replace(OWN, stop_at="total"))
    (batch,) = reading.batches
    assert (list(batch.lines), [broken.line for broken in batch.broken]) == ([2], [3])
    rows = 1 if footer == "Total" else 3
    assert reading.remarks == [f"{rows} rows from line 4 on not read, as the profile's `stop_at` says"]


def test_an_incomplete_last_line_is_reported(tmp_path):
    path = tmp_path / "attendance.csv"
    path.write_text(HEADER + "AB-1,2026-10-01,AA,x\nAB-2,2026-10-02,AA")
    reading = read(path, ATTENDANCE, OWN)
    assert sum(len(batch.lines) for batch in reading.batches) == 2
    assert reading.remarks == ["the last line ends early, without a line break: the file may have been cut short"]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "attendance.csv"
    path.write_text(HEADER + "AB-1,2026-10-01,AA,x\n")
    content = scan(path)
    require_unchanged(path, content)
    with path.open("a") as stream:
        stream.write("AB-2,2026-10-02,AA,x\n")
    with pytest.raises(UnreadableError, match="changed while it was read"):
        require_unchanged(path, content)


CELLS = st.sampled_from(
    [
        "AB-1",
        "x y",
        "",
        '"q"',
        '"a,b"',
        '"a""b"',
        "é",
        '6" pipe',
        ' "z"',
        '"z" ',
        "'",
        "#c",
        "\\",
        '"\\"',
        '"',
        '""',
        "\t",
    ]
)
LINES = st.lists(
    st.lists(CELLS, min_size=3, max_size=5).map(",".join) | st.text(alphabet='a,"\n\r \té', max_size=12), max_size=6
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, ending=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_the_engines_reader_and_the_line_exact_one_read_the_same(tmp_path, lines, ending, last):
    path = tmp_path / "attendance.csv"
    text = HEADER.replace("\n", ending) + ending.join(lines) + (ending if last else "")
    path.write_bytes(text.encode())
    if read(path, ATTENDANCE, OWN).regular is None:
        return  # the engine is not asked
    ways = []
    for exact in (False, True):
        reading = read(path, ATTENDANCE, OWN)
        stage(ENGINE, replace(reading, regular=None) if exact else reading)
        cells = ", ".join(f"coalesce(c{n}, '')" for n in range(4))
        ways.append((ENGINE.rows(f"SELECT line, {cells} FROM raw ORDER BY line"), ENGINE.rows("FROM broken")))
    assert ways[0] == ways[1]


# What makes bytes another text than they seem: line breaks of other kinds, marks, stray bytes, signs that take no room.
PIECES = st.sampled_from(
    [
        b"AB-1", b"2026-10-01", b"AA", b",", b",", b",", b"\n", b"\n", b"\r\n", b"\r", b'"', b'""', b'"x, y"', b'="01"',
        b";", b"\t", b"|", b"\\", b"\'", b"#", b" ", b"\0", b"\x0b", b"\x0c", b"\x1a", b"\x1c", b"\x85", b"\xa0", b"\xff", b"\xe9",
        "\u00e9".encode(), "\u2028".encode(), "\u0085".encode(), "\u200b".encode(), "\ufeff".encode(), "\ue000".encode(),
        "\U0001f600".encode(), "\u00e9".encode()[:1], b"NULL", b"x" * 300,
    ]
)  # fmt: skip
ROWS = st.lists(st.lists(PIECES, max_size=3).map(b"".join), min_size=3, max_size=5).map(b",".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(ROWS | st.just(b"AB-1,2026-10-01,AA,x"), max_size=5),
    mark=st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"sep=,\n"]),
    ending=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    last=st.booleans(),
    compressed=st.booleans(),
)
@example(lines=[b",,,\x1c"], mark=b"", ending=b"\n", last=False, compressed=False)
@example(lines=[b',,,AB-1"\x0b'], mark=b"", ending=b"\n", last=False, compressed=False)
def test_whatever_the_engine_takes_the_line_exact_reader_reads_alike(tmp_path, lines, mark, ending, last, compressed):
    content = mark + ending.join([HEADER.strip().encode(), *lines]) + (ending if last else b"")
    path = tmp_path / ("attendance.csv.gz" if compressed else "attendance.csv")
    path.write_bytes(gzip.compress(content) if compressed else content)
    try:
        reading, exact = (read(path, ATTENDANCE, OWN) for _ in range(2))
    except UnreadableError:
        return
    if reading.regular is None:
        return
    cells = ", ".join(f"coalesce(c{n}, '')" for n in range(len(reading.headers)))
    found = []
    for each in (replace(reading, batches=iter(())), replace(exact, regular=None)):
        try:
            stage(ENGINE, each)
            found.append((ENGINE.rows(f"SELECT line, {cells} FROM raw ORDER BY line"), ENGINE.rows("FROM broken")))
        except UnreadableError:
            found.append(([], []))
    by_engine, by_line = found
    assert by_engine in (([], []), by_line)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_regular_file_is_left_to_the_engine(tmp_path, ending):
    path = tmp_path / "attendance.csv"
    path.write_bytes((HEADER + 'AB-1,2026-10-01,AA,"x, y"\n' * 3).replace("\n", ending).encode())
    reading = read(path, ATTENDANCE, OWN)
    assert reading.regular is not None
    with Engine() as engine:
        stage(engine, replace(reading, batches=iter(())))
        assert engine.rows("SELECT line, c3 FROM raw") == [(2, "x, y"), (3, "x, y"), (4, "x, y")]
