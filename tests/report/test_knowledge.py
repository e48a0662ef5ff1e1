"""What a reader of reports knows: every link between measures is of measures that there are."""

from __future__ import annotations

from pipelines.contract import exports
from pipelines.model import models
from pipelines.report import change
from pipelines.report.control.knowledge import DEFINED, FLOWS, OF_A_MONTH, WITHIN
from tests.report import reader

MEASURES = set(models()["measures"].rows()["name"].to_pylist())


def test_what_the_definitions_link_are_measures():
    linked = {number.measure for identity in (*DEFINED, *OF_A_MONTH) for number in identity}
    linked |= {number.measure for flow in FLOWS for number, _ in flow}
    linked |= {number.measure for pair in WITHIN for number in pair}
    assert linked <= MEASURES


def test_the_links_are_those_that_a_reader_finds_in_the_definitions():
    """`tests/report/reader.py` states each once more; one that is lacking here would be reckoned with nowhere."""

    def alike(identities):
        """Whichever side of the sum is the negative one."""
        return {frozenset([frozenset(its.items()), frozenset((n, -by) for n, by in its.items())]) for its in identities}

    assert alike(DEFINED) == alike(reader.DEFINED)
    assert alike(OF_A_MONTH) == alike(reader.OF_A_MONTH)
    assert alike(FLOWS) == alike(reader.FLOWS)
    assert set(WITHIN) == set(reader.WITHIN)


def test_every_reason_for_a_discharge_has_its_measure_and_their_sum_is_known():
    reasons = {f"discharged_{end}" for end in (*exports()["episodes"].column("end_reason").codes, "unknown")}
    assert reasons == {name for name in MEASURES if name.startswith("discharged_")}
    assert any(reasons <= {number.measure for number in identity} for identity in DEFINED)


def test_every_line_from_admission_to_discharge_has_its_measures():
    assert {
        "admitted_lower_level",  # no level is lower than itself
        "admitted_abstinence_known",
        "contact_abstinence_known",  # of those known there it is asked of the discharge
    } == change.NAMES - MEASURES
    assert {
        name for name in MEASURES if name.startswith(tuple(f"{moment}_" for moment in change.MOMENTS))
    } <= change.NAMES
