"""A file's content in one pass: how it is recognised again, and what its bytes say of how it may be read."""

from __future__ import annotations

import codecs
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingest import bounds
from pipelines.ingest.entries import BLOCK, Look, holds, stamp
from pipelines.ingest.read.reading import MARK, UnreadableError, UnreadNowError, naming_damage, open_bytes


@dataclass(frozen=True)
class Content:
    """`look`: how the file is recognised again.

    The rest counts bytes: line feeds, carriage returns, pairs of both, quotation marks; `guards`: of `="`, by which
    spreadsheets keep zeros, and of quotation marks beside a blank; `nul`, `utf8`, `marked`: whether it holds a zero
    byte, is UTF-8, holds our own mark.
    """

    look: Look
    start: bytes
    feeds: int
    returns: int
    pairs: int
    quotes: int
    guards: int
    nul: bool
    utf8: bool
    marked: bool
    ends_with_feed: bool

    @property
    def digest(self) -> str:
        """The SHA-256 of the content, decompressed."""
        return self.look.digest

    @property
    def size(self) -> int:
        """The bytes of the content, decompressed."""
        return self.look.size

    @property
    def lines(self) -> int:
        """Physical lines, where a line feed ends each."""
        return self.feeds + (self.size > 0 and not self.ends_with_feed)


def scan(path: Path) -> Content:
    """Look through a file once. Raises UnreadableError, also if its content grows beyond bounds."""
    at = time.time_ns()
    with naming_damage():
        before = stamp(path)
    compressed = path.name.lower().endswith(".gz")
    found = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = feeds = returns = pairs = quotes = guards = 0
    utf8, nul, marked = True, False, False
    start = last = b""
    mark = MARK.encode()
    with open_bytes(path) as stream, naming_damage():
        while block := stream.read(BLOCK):
            size += len(block)
            if compressed and bounds.expands_too_far(size, before[1]):
                raise UnreadableError(
                    f"grows to more than {bounds.EXPANSION} times its size when it is decompressed: no export does"
                )
            found.update(block)
            start = start or block[:4096]
            seam = last[-2:] + block[:2]  # a pair that spans two blocks
            feeds += block.count(b"\n")
            returns += block.count(b"\r")
            quotes += block.count(b'"')
            pairs += (block.count(b"\r\n") if returns else 0) + (last[-1:] == b"\r" and block[:1] == b"\n")
            if b'"' in block or b'"' in seam:
                guards += sum(text.count(pair) for pair in (b'="', b' "', b'" ') for text in (block, seam))
            nul = nul or b"\0" in block
            marked = marked or mark in block or mark in seam
            if utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    utf8 = False
            last = block
        if utf8:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                utf8 = False
    return Content(
        look=Look(before, at, size, found.hexdigest()),
        start=start,
        feeds=feeds,
        returns=returns,
        pairs=pairs,
        quotes=quotes,
        guards=guards,
        nul=nul,
        utf8=utf8,
        marked=marked,
        ends_with_feed=last.endswith(b"\n"),
    )


def require_unchanged(path: Path, content: Content) -> None:
    """Raises UnreadableError if the file has changed since it was looked through: its rows may be incomplete."""
    with naming_damage():
        same = stamp(path) == content.look.stamp and (content.look.shows_changes or holds(path, content.look))
    if not same:
        raise UnreadNowError("changed while it was read. Try again when it is complete")
