"""What files are called after sites and therapists: names in, parts of file names out."""

from __future__ import annotations

import pytest

from pipelines.file_names import LONGEST, parts


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["T01", "t-2", "Mill Street"], ["T01", "t-2", "Mill-Street"]),
        (["Ирина", "Анна"], ["Ирина", "Анна"]),
        (["East/West", "East-West", "North"], ["East-West-b52832", "East-West-7ec347", "North"]),
        (["Harbor", "HARBOR"], ["Harbor-8a8c65", "HARBOR-2e9ee1"]),
        (["★", "Harbor"], ["26c57b", "Harbor"]),
        (["../../etc"], ["etc"]),
        ([], []),
    ],
)
def test_each_name_has_a_part_of_its_own(names, wanted):
    assert parts(names) == dict(zip(names, wanted, strict=True))


def test_long_names_are_cut_and_still_told_apart():
    north, south = (f"{'L' * 200}{end}" for end in ("north", "south"))
    found = parts([north, south])
    assert len(set(found.values())) == 2
    assert max(map(len, found.values())) < LONGEST + 10
