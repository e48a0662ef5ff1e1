"""Rules and tables are each declared once; every declaration is used, and everything used is declared."""

from __future__ import annotations

import re
from datetime import date

import pytest

from pipelines.contract import exports
from pipelines.definitions import rules
from pipelines.engine.duckdb import Engine, EngineError
from pipelines.model import given, models
from pipelines.wording.worklist import OUTCOMES
from pipelines.worklist import spoken


def test_a_query_reads_a_rule_by_its_name():
    with Engine() as engine:
        assert engine.value("SELECT rule('acted_within_days')") == rules()["acted_within_days"]


def test_a_rule_that_is_not_declared_stops_the_query():
    with Engine() as engine, pytest.raises(EngineError):
        engine.value("SELECT rule('no_such_rule')")


def test_every_rule_that_a_model_reads_is_declared():
    read = {name for model in models().values() for name in re.findall(r"\brule\('(\w+)'\)", model.text)}
    assert read <= rules().keys()


@pytest.mark.parametrize("row", models()["rules"].rows().to_pylist(), ids=lambda row: row["name"])
def test_every_rule_states_what_it_decides_and_why(row):
    assert all(row[column] for column in ("unit", "decides", "reason"))


def test_a_table_that_a_run_supplies_has_the_declared_columns():
    table = given("target", [{"measure": "retention_90", "value": 1.0}])
    assert table.schema == models()["target"].schema
    with pytest.raises(ValueError, match="A row of target has measure, not measure, value"):
        given("target", [{"measure": "retention_90"}])


def test_a_table_that_a_run_does_not_supply_is_empty_or_its_default():
    assert models()["outreach"].rows().num_rows == 0
    assert models()["decline_choice"].rows().num_rows == 1
    assert given("clock", [{"as_of": date(2026, 11, 1)}]).to_pylist() == [{"as_of": date(2026, 11, 1)}]


def test_a_published_table_declares_its_order():
    assert models()["client_week"].ordered_by == "client_id, week"
    assert models()["measures"].ordered_by == "place"
    assert models()["care_week"].ordered_by is None


@pytest.mark.parametrize("row", models()["fitting_fellowship"].rows().to_pylist(), ids=lambda row: row["name"])
def test_a_fellowship_that_fits_an_addiction_is_of_the_contract_as_the_addiction_is(row):
    assert row["fellowship"] in exports()["attendance"].column("fellowship").codes
    assert row["primary_addiction"] in exports()["episodes"].column("primary_addiction").codes


def test_the_outcomes_in_which_they_spoke_are_among_those_that_can_be_noted():
    assert spoken() == {"contacted", "talked_in_session"} < OUTCOMES.keys()
