"""A workbook is read as its sheet shows it, however it was written; what is ambiguous becomes a question."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from openpyxl.styles.numbers import BUILTIN_FORMATS

from pipelines.contract import exports
from pipelines.ingest.layout import OWN
from pipelines.ingest.read import UnreadableError, read
from pipelines.ingest.read.number_format import builtin
from pipelines.ingest.read.reading import MARK

EPISODES = exports()["episodes"]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REFERS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>client_id</t></is></c><c r="B1" t="inlineStr"><is><t>start_date</t></is></c><c r="C1" t="inlineStr"><is><t>level_of_care</t></is></c></row>'


def sheet(rows: str, dimension: str = "A1:C2") -> str:
    return f'<worksheet xmlns="{MAIN}"><dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>'


def styles(*formats: str) -> str:
    declared = "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{code}"/>' for n, code in enumerate(formats))
    used = "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(formats)))
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{declared}</numFmts><cellXfs><xf numFmtId="0"/>{used}</cellXfs></styleSheet>'


@pytest.fixture
def package(tmp_path):
    """Writes a workbook of parts: sheets (a state and the part), styles, shared texts; gives its path."""

    def written(*sheets, style=None, shared=None, since_1904=False, without=(), **replaced):
        states = [(state, part) for state, part in (each if isinstance(each, tuple) else ("", each) for each in sheets)]
        listed = "".join(
            f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"{f" state={chr(34)}{state}{chr(34)}" if state else ""}/>'
            for n, (state, _) in enumerate(states, 1)
        )
        dates = '<workbookPr date1904="1"/>' if since_1904 else ""
        refers = "".join(
            f'<Relationship Id="r{n}" Type="{REFERS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(states) + 1)
        )
        refers += f'<Relationship Id="s" Type="{REFERS}/styles" Target="styles.xml"/>' if style else ""
        refers += (
            f'<Relationship Id="t" Type="{REFERS}/sharedStrings" Target="/xl/sharedStrings.xml"/>' if shared else ""
        )
        parts = {
            "_rels/.rels": f'<Relationships><Relationship Type="{REFERS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REFERS}">{dates}<sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f"<Relationships>{refers}</Relationships>",
            **{f"xl/worksheets/sheet{n}.xml": part for n, (_, part) in enumerate(states, 1)},
        }
        if style:
            parts["xl/styles.xml"] = style
        if shared:
            texts = "".join(f"<si>{text}</si>" for text in shared)
            parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{texts}</sst>'
        parts |= {name.replace("__", "/").replace("_dot_", "."): text for name, text in replaced.items()}
        path = tmp_path / "episodes.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in parts.items():
                if name not in without:
                    archive.writestr(name, text)
        return path

    return written


def rows(path) -> list[tuple]:
    """The rows of a workbook, each with its line; a broken row as its line and what is wrong."""
    found = []
    for batch in read(path, EPISODES, OWN).batches:
        found += list(zip(batch.lines, *batch.cells, strict=True)) + [(each.line, each.reason) for each in batch.broken]
    return sorted(found)


def number(value: str, style: int | None = None, n: int = 2) -> str:
    at = "" if style is None else f' s="{style}"'
    return f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>AB-{n}</t></is></c><c r="C{n}"{at}><v>{value}</v></c></row>'


@pytest.mark.parametrize(
    ("number_format", "value", "shown"),
    [
        ("00000", "123", "00123"),
        ("00000", "1234567", "1234567"),
        ("0.0", "1", "1.0"),
        ("0.0_ ", "1", "1.0"),
        ("0.0_);\\(0.0\\)", "1", "1.0"),
        ("#,##0.0", "1", "1.0"),
        ("0.0;[Red]0.0", "1", "1.0"),
        ("0.0;[Red]-0.0", "-1", "-1.0"),
        ("0.0;[Red]0.0", "-1", "-1.0"),
        ("_(* #,##0.0_);_(* \\(#,##0.0\\);_(* &quot;-&quot;??_);_(@_)", "1", "1.0"),
        ("_(* #,##0.0_);_(* \\(#,##0.0\\);_(* &quot;-&quot;??_);_(@_)", "0", "0.0"),
        ("_(* #,##0.0_);_(* \\(#,##0.0\\);_(* &quot;-&quot;??_);_(@_)", "-1", "-1.0"),
        ("[$-409]0.0", "1", "1.0"),
        ("[$$-409]#,##0.00", "3.5", "3.50"),
        ("0.0#", "2.1", "2.1"),
        ("0.0#", "2.125", "2.13"),
        ("#.##", "1", "1"),
        ("#,##0", "1234567", "1234567"),
        ("0%", "0.5", "50%"),
        ("0.0%", "0.125", "12.5%"),
        ("000-00-0000", "123456789", "123-45-6789"),
        ("&quot;C-&quot;0000", "12", "C-0012"),
        ("\\C0000", "12", "C0012"),
        ("&quot;yes&quot;;;&quot;no&quot;", "1", "yes"),
        ("&quot;yes&quot;;;&quot;no&quot;", "0", "no"),
        ("General", "2.1000000000000001", "2.1"),
        ("GENERAL", "12345678901", "12345678901"),
        ("General", "0.00001", "0.00001"),
        ("@", "7", "7"),
        ("yyyy-mm-dd", "46300", "2026-10-05"),
        ("[$-411]e", "46300", "2026-10-05"),
        ("dd/mm/yyyy", "46300", "2026-10-05"),
        ("d. mmmm yyyy", "46300", "2026-10-05"),
        ("mmm-yy", "46300", "2026-10-05"),
        ("[$-F800]dddd, mmmm dd, yyyy", "46300", "2026-10-05"),
        ("yyyy-mm-dd", "46300.75", "2026-10-05"),
        ("yyyy-mm-dd hh:mm", "46300.75", "2026-10-05 18:00:00"),
        ("yyyy-mm-dd hh:mm", "46300", "2026-10-05"),
        ("hh:mm", "0.75", "18:00:00"),
        ("h:mm AM/PM", "0.75", "18:00:00"),
        ("[h]:mm", "0.75", "18:00:00"),
        ("mm:ss", "0.0104166666666667", "00:15:00"),
    ],
)
def test_a_number_reads_as_the_sheet_shows_it(package, number_format, value, shown):
    path = package(sheet(HEADER + number(value, 1)), style=styles(number_format))
    assert rows(path) == [(2, "AB-2", None, shown)]


@pytest.mark.parametrize(
    ("number_format", "value", "named"),
    [
        ("# ?/?", "0.5", "(# ?/?)"),
        ("0.00E+00", "1", "(0.00E+00)"),
        ("0,", "1000", "(0,)"),
        ("[&gt;100]0;0.0", "1", "(0;0.0)"),
        (";;;", "1", "(;;;)"),
        ("[h]:mm", "1.5", "(:mm)"),
        ("yyyy-mm-dd", "-3", "(yyyy-mm-dd)"),
        ("yyyy-mm-dd", "30", "(yyyy-mm-dd)"),
    ],
)
def test_a_number_format_that_adds_meaning_raises_a_question(package, number_format, value, named):
    ((line, _, _, cell),) = rows(package(sheet(HEADER + number(value, 1)), style=styles(number_format)))
    assert (line, cell) == (2, f"{MARK}holds a number in a format that is not read{' ' if named else ''}{named}")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="C2" s="9"><v>1</v></c>', f"{MARK}holds a number in a format that the workbook does not declare: save it again"),
        ('<c r="C2"><v>1234567890123456</v></c>', f"{MARK}holds a number of more than 15 digits, whose end the spreadsheet has lost: keep it as text"),
        ('<c r="C2"><f>A1+1</f></c>', f"{MARK}holds a formula without its result: open the workbook, save it, and send it again"),
        ('<c r="C2"><f>A1+1</f><v></v></c>', f"{MARK}holds a formula without its result: open the workbook, save it, and send it again"),
        ('<c r="C2"><f>A1+1</f><v>2.1</v></c>', "2.1"),
        ('<c r="C2" t="str"><f>""</f><v></v></c>', ""),
        ('<c r="C2" t="str"><f>B1</f><v>2.1</v></c>', "2.1"),
        ('<c r="C2" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="C2" t="b"><v>1</v></c>', "yes"),
        ('<c r="C2" t="d"><v>2026-10-05T00:00:00</v></c>', "2026-10-05"),
        ('<c r="C2" t="s"><v>0</v></c>', "shared"),
        ('<c r="C2" t="s"><v>1</v></c>', "in runs"),
        ('<c r="C2" t="s"><v>2</v></c>', "North\x0b"),
        ('<c r="C2" t="inlineStr"><is><r><t>2</t></r><r><t>.1</t></r></is></c>', "2.1"),
    ],
)  # fmt: skip
def test_a_cell_of_every_kind(package, cell, shown):
    shared = ["<t>shared</t>", "<r><t>in </t></r><r><t>runs</t></r><rPh><t>aloud</t></rPh>", "<t>North_x000B_</t>"]
    first = '<c r="A2" t="inlineStr"><is><t>AB-2</t></is></c>'
    path = package(sheet(f'{HEADER}<row r="2">{first}{cell}</row>'), style=styles("0.0"), shared=shared)
    assert rows(path) == [(2, "AB-2", None, shown)]


@pytest.mark.parametrize("dimension", ["A1", "A1:A1", "A1:C2", "A1:XFD1048576", "", "nonsense"])
def test_the_size_that_the_sheet_declares_is_ignored(package, dimension):
    body = "".join(number("2.1", None, n) for n in range(2, 10))
    assert len(rows(package(sheet(HEADER + body, dimension)))) == 8


def test_rows_without_numbers_and_gaps_keep_their_lines(package):
    plain = '<row><c t="inlineStr"><is><t>AB-x</t></is></c><c/><c><v>1</v></c></row>'
    body = f'{plain}<row r="7"/>{number("2", None, 9)}{plain}'
    assert [row[0] for row in rows(package(sheet(HEADER + body)))] == [2, 9, 10]


def test_the_first_visible_sheet_is_read_and_named(package):
    hidden = sheet(HEADER + number("9"))
    shown = sheet(HEADER + number("2.1"))
    for state in ("hidden", "veryHidden"):
        reading = read(package((state, hidden), ("", shown), ("", hidden)), EPISODES, OWN)
        assert [batch.cells[2] for batch in reading.batches] == [("2.1",)]
        assert reading.remarks == ["read: the first visible sheet (sheet 2) of 3; the others were not"]


def test_a_first_sheet_without_the_columns_is_refused_with_which_it_was(desk):
    book = openpyxl.Workbook()
    book.active.append(["Contents"])
    book.create_sheet("Rows").append(["client_id", "meeting_date", "fellowship"])
    stream = io.BytesIO()
    book.save(stream)
    desk.lay({"attendance_2.xlsx": stream.getvalue()}).take()
    assert desk.count("attendance_2.xlsx").note == (
        "the file has no columns client_id, meeting_date, fellowship in its first line; "
        "read: the first sheet of 2; the others were not. "
        "If they have other names, map them: `meshwork profile` makes a beginning"
    )


def test_cells_right_of_the_header_cost_their_row(package):
    beyond = number("2.1").replace("</row>", '<c r="E2"><v>1</v></c></row>')
    assert rows(package(sheet(HEADER + beyond + number("3.1", None, 3)))) == [
        (2, "the row has 5 columns, the header has 3"),
        (3, "AB-3", None, "3.1"),
    ]


def test_dates_since_1904(package):
    path = package(sheet(HEADER + number("44838", 1)), style=styles("yyyy-mm-dd"), since_1904=True)
    assert rows(path) == [(2, "AB-2", None, "2026-10-05")]


def test_what_does_not_matter_does_not_stop_sound_data(package):
    path = package(sheet(HEADER + number("2.1")), docProps__core_dot_xml="<broken", xl__theme_dot_xml="no theme")
    assert rows(path) == [(2, "AB-2", None, "2.1")]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('<row r="2"><c r="5B"><v>1</v></c></row>', "says that it lies elsewhere"),
        ('<row r="2"><c r="ZZZZ2"><v>1</v></c></row>', "says that it lies elsewhere"),
        ('<row r="2"><c r="C3"><v>1</v></c></row>', "says that it lies elsewhere"),
        ('<row r="2"><c r="C2"><v>1</v></c><c r="C2"><v>2</v></c></row>', "two values for one cell"),
        ('<row r="0"><c><v>1</v></c></row>', "not numbered"),
        ('<row r="3"/><row r="2"><c><v>1</v></c></row>', "not numbered"),
        ('<row r="2"><c t="s"><v>7</v></c></row>', "a text that is not there"),
        ('<row r="2"><c><v>one</v></c></row>', "holds none"),
        ('<row r="2"><c><v>NaN</v></c></row>', "is none"),
        ('<row r="2"><c t="zz"><v>1</v></c></row>', "of a kind"),
        ('<row r="2"><c><v>1</v></row>', "not written as it should be"),
    ],
)
def test_a_damaged_sheet_is_refused_with_what_is_wrong(package, body, why):
    with pytest.raises(UnreadableError, match=why):
        rows(package(sheet(HEADER + body)))


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
def test_a_part_that_is_missing_is_named(package, part):
    with pytest.raises(UnreadableError, match=f"{part.rpartition('/')[2]} is missing"):
        rows(package(sheet(HEADER), without=[part]))


def test_a_definition_of_its_own_is_refused(package):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + sheet(HEADER + number("&b;"))
    with pytest.raises(UnreadableError, match="declares things of its own"):
        rows(package(bomb))


def test_a_bomb_is_refused_before_it_is_read(package):
    with pytest.raises(UnreadableError, match="grows to more than 100 times"):
        rows(package(sheet(HEADER + " " * (70 << 20))))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"<html><table></table></html>", "a web page"),
        (b"client_id,start_date\n", "no workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "of an old kind"),
        (b"PK\x03\x04 cut off", "damaged"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_a_workbook_is_recognised(tmp_path, content, why):
    path = tmp_path / "episodes.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=why):
        rows(path)


def test_title_rows_are_reported_with_the_line_of_the_header(package):
    title = '<row r="1"><c r="A1" t="inlineStr"><is><t>Report of October</t></is></c></row>'
    header = HEADER.replace('r="1"', 'r="4"').replace('A1"', 'A4"').replace('B1"', 'B4"').replace('C1"', 'C4"')
    with pytest.raises(UnreadableError, match=r"its header in line 4.*skip_rows = 3"):
        rows(package(sheet(title + header)))


def test_the_formats_without_a_declaration_are_those_that_another_reader_knows():
    east_asian = {*range(27, 37), *range(50, 59)}
    known = {number: code for number, code in BUILTIN_FORMATS.items() if number not in east_asian}
    assert {number: builtin(number) for number in known} == known
    assert {builtin(number) for number in east_asian} == {"yyyy-mm-dd"}
    assert builtin(164) is None, "from here on a workbook declares its own"


def test_the_reader_agrees_with_another_on_what_that_one_writes(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["client_id", "start_date", "level_of_care"])
    for n in range(50):
        book.active.append([f"AB-{n:03}", "2026-10-05", n / 10])
    stream = io.BytesIO()
    book.save(stream)
    path = tmp_path / "episodes.xlsx"
    path.write_bytes(stream.getvalue())
    assert rows(path) == [
        (n + 2, f"AB-{n:03}", "2026-10-05", str(n // 10) if n % 10 == 0 else str(n / 10)) for n in range(50)
    ]
