"""The rows of a file, as text, in the table `raw` of an engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pipelines.contract import Export
from pipelines.engine.duckdb import Engine, EngineError, literal
from pipelines.ingest import bounds
from pipelines.ingest.check import BLANKS
from pipelines.ingest.columns import required, twice
from pipelines.ingest.layout import Layout
from pipelines.ingest.read import Reading, Regular, UnreadableError
from pipelines.ingest.texts import HELD, TEXTS, Held, gather


def require_columns(export: Export, layout: Layout, places: Mapping[str, int], reading: Reading) -> None:
    """Raises UnreadableError if a column that the export needs is not there, or one that is read is there twice."""
    missing = [theirs for ours, theirs in required(export, layout).items() if ours not in places]
    if missing:
        # Without its columns, the first line may not be a header at all, so its words are not repeated.
        where = f"; {reading.remarks[0]}" if reading.remarks else ""  # of which sheet the line is
        lacks = f"has no {'columns' if missing[1:] else 'column'} {', '.join(missing)} in its first line{where}"
        raise UnreadableError(f"{lacks}. If they have other names, map them: `meshwork profile` makes a beginning")
    doubled = twice(reading.headers, places)
    if doubled:
        ours, first, second = doubled
        raise UnreadableError(f'has the column {ours} twice: as "{first}" and as "{second}". Delete one of them')


def stage(
    engine: Engine, reading: Reading, progress: Callable[[int], None] = lambda rows: None, held: Held = HELD
) -> None:
    """Put the rows into `raw`: `line`, `c0`, `c1`, … in the order of the headers; the broken rows between them into
    `broken`: `line`, `reason`; and what `raw` holds, each text once, into TEXTS. None of these has to fit into memory.

    `held`: where. `progress` hears how many rows have been read. Raises UnreadableError.
    """
    engine.run(f"CREATE OR REPLACE TEMP TABLE {held.broken} (line BIGINT, reason VARCHAR)")
    if reading.regular is not None and _staged_by_engine(engine, reading.regular, len(reading.headers), held):
        progress(reading.regular.rows)
        return
    columns = ", ".join(f"c{n} VARCHAR" for n in range(len(reading.headers)))
    engine.run(f"CREATE OR REPLACE TEMP TABLE {held.raw} (line BIGINT, {columns})")
    rows = 0
    for batch in reading.batches:
        engine.append(held.raw, batch.table())
        if batch.broken:
            engine.append(held.broken, batch.broken_table())
        rows += len(batch.lines)
        progress(rows)
    gather(engine, held.raw, [f"c{n}" for n in range(len(reading.headers))], file=held.file)


def _staged_by_engine(engine: Engine, file: Regular, width: int, held: Held) -> bool:
    """Let the engine's own reader, which is ten times as fast, take a regular file. Returns whether it read each line
    as a row of the header's width that is not blank; otherwise the line-exact reader must say what is wrong, and where.
    """
    # The engine takes some names for patterns, and accepts none that are not text.
    if width < 2 or re.search(r"[*?\[\]{}\ud800-\udfff]", str(file.path)):
        return False
    cells = [f"c{n}" for n in range(width)]
    columns = ", ".join(f"'{cell}': 'VARCHAR'" for cell in cells)
    try:
        engine.run(f"""
            CREATE OR REPLACE TEMP TABLE {held.raw} AS
            SELECT CAST({file.header_line} + row_number() OVER () AS BIGINT) AS line, *
            FROM read_csv(
                {literal(str(file.path))}, auto_detect = false, header = false, skip = {file.header_line},
                delim = {literal(file.delimiter)}, quote = '"', escape = '"', columns = {{{columns}}},
                strict_mode = true, max_line_size = {bounds.CELL_CHARACTERS},
                compression = '{"gzip" if file.path.name.lower().endswith(".gz") else "none"}'
            )
        """)
        gather(engine, held.raw, cells, file=held.file)
    except EngineError:
        return False
    return _divided_as_we_do(engine, file, cells, held)


def _divided_as_we_do(engine: Engine, file: Regular, cells: Sequence[str], held: Held) -> bool:
    """Whether each line is a row, none is blank, and no quotation mark may have swallowed another cell's: the text then
    ends with one.
    """
    ((rows, quoted_ends, first_blank),) = engine.rows(f"""
        SELECT
            sum(rows) FILTER (place = 0),
            count(*) FILTER (ends_with(rtrim(text, {BLANKS}), '"')),
            count(*) FILTER (place = 0 AND {_is_blank("text")})
        FROM {TEXTS}
        WHERE file = {held.file}
    """)
    if rows != file.rows or (file.quoted and quoted_ends):
        return False
    blank = " AND ".join(map(_is_blank, cells))
    return not first_blank or not engine.value(f"SELECT count(*) FROM {held.raw} WHERE {blank}")


def _is_blank(text: str) -> str:
    return f"coalesce(trim({text}, {BLANKS}), '') = ''"
