"""What a clinic sets for itself, and the error when a setting cannot be used."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from pipelines.settings import Rebase, Settings, SettingsError, load


def written(home: Path, text: str) -> Settings:
    (home / "settings.toml").write_text(text, "utf-8")
    return load(home)


def test_without_a_file_the_defaults_serve(tmp_path: Path):
    assert load(tmp_path) == Settings()


def test_everything_that_can_be_set(tmp_path: Path):
    assert written(
        tmp_path,
        """
        name = "Elm Street"
        date_basis = "shifted"
        fellowships = ["Women for Sobriety"]
        false_alerts_per_year = 2
        flags_share_of_caseload = 0.2
        smallest_group = 20
        round_counts_to = 5
        journal_url = "postgresql://meshwork@db/clinic"
        journal_notes = true
        date_format = "MM/DD/YYYY"

        [targets]
        sessions_kept = 0.8

        [[rebase]]
        measure = "sessions_kept"
        period = 2026-03-01

        [[rebase]]
        measure = "sessions_kept"
        period = 2026-05-01
        breakdown = "site"
        member = "Harbor"
        """,
    ) == Settings(
        name="Elm Street",
        date_basis="shifted",
        fellowships=("Women for Sobriety",),
        false_alerts_per_year=2,
        flags_share_of_caseload=0.2,
        smallest_group=20,
        round_counts_to=5,
        journal_url="postgresql://meshwork@db/clinic",
        journal_notes=True,
        date_format="MM/DD/YYYY",
        targets=(("sessions_kept", 0.8),),
        rebase=(
            Rebase("sessions_kept", date(2026, 3, 1)),
            Rebase("sessions_kept", date(2026, 5, 1), "site", "Harbor"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "cannot be read as TOML"),
        ("colour = 'blue'", "there is no setting 'colour'; there are name, date_basis"),
        ("nmae = 'Mill Street'", "there is no setting 'nmae'; did you mean name?"),
        ("name = 3", "name must be a text"),
        ("fellowships = [1]", "fellowships must be a list of texts"),
        ("fellowships = 5", "fellowships must be a list of texts"),
        ("fellowships = 'AA'", "fellowships must be a list of texts"),
        ("instruments = 5", "instruments must be a list of texts"),
        ("instruments = 'PHQ-9'", "instruments must be a list of texts"),
        ("date_basis = 'made up'", "date_basis must be 'real' or 'shifted'"),
        ("false_alerts_per_year = 0.1", "false_alerts_per_year must be a number from 0.25 to 4.0"),
        ("false_alerts_per_year = 5", "false_alerts_per_year must be a number from 0.25 to 4.0"),
        ("false_alerts_per_year = 'one'", "false_alerts_per_year must be a number"),
        ("flags_share_of_caseload = 0", "flags_share_of_caseload must be a number from 0.02 to 1.0"),
        ("flags_share_of_caseload = true", "flags_share_of_caseload must be a number"),
        ("smallest_group = 4", "smallest_group must be a number from 5 to 100"),
        ("round_counts_to = 3", "round_counts_to must be 1 or 5 or 10"),
        ("round_counts_to = true", "round_counts_to must be 1 or 5 or 10"),
        ("round_counts_to = 5.5", "round_counts_to must be 1 or 5 or 10"),
        ("round_counts_to = [5]", "round_counts_to must be 1 or 5 or 10"),
        ("date_basis = ['real']", "date_basis must be 'real' or 'shifted'"),
        ("date_format = 1", "date_format must be one of YYYY-MM-DD"),
        ("digest_folder = 1", "digest_folder must be the path of a folder"),
        ("date_format = 'DD-MM'", "date_format must be one of YYYY-MM-DD"),
        ("smallest_group = 11.5", "smallest_group must be a whole number"),
        ("journal_url = 3", "journal_url must be a text"),
        ("journal_notes = 'yes'", "journal_notes must be true or false"),
        ("targets = 3", "targets must be a table of measures and numbers"),
        ("[targets]\nsessions_kept = 'most'", "targets must be a table of measures and numbers"),
        ("[targets]\nsessions_kept = true", "targets must be a table of measures and numbers"),
        ("rebase = 5", "rebase must be tables, each beginning with"),
        ("rebase = [5]", "rebase must be tables, each beginning with"),
        ("[[rebase]]\nmeasure = 5\nperiod = 2026-03-01", "the measure and the group of a rebase must be texts"),
        (
            "[[rebase]]\nmeasure = 'census'\nperiod = 2026-03-01\nbreakdown = 1",
            "the measure and the group of a rebase must be texts",
        ),
        (
            "[[rebase]]\nmeasure = 'census'\nperiod = 2026-03-01T09:00:00",
            "the period of a rebase must be a date",
        ),
        ("[[rebase]]\nmeasure = 'census'", "each rebase needs a measure and a period"),
        ("[[rebase]]\nmeasure = 'census'\nperiod = 'March'", "the period of a rebase must be a date"),
    ],
)
def test_what_cannot_be_used_gives_a_clear_error(tmp_path: Path, text: str, sentence: str):
    with pytest.raises(SettingsError, match=sentence):
        written(tmp_path, text)


KINDS_OF_VALUES = (
    "5",
    "-1",
    "1.5",
    "nan",
    "true",
    "'AA'",
    "[]",
    "[5]",
    "['AA']",
    "[[]]",
    "{}",
    "{a = 'b'}",
    "[{a = 1}]",
)


@pytest.mark.parametrize("setting", [each.name for each in fields(Settings)])
def test_whatever_a_setting_holds_is_used_or_gives_a_clear_error(tmp_path: Path, setting: str):
    refusals = [refusal(tmp_path, f"{setting} = {value}") for value in KINDS_OF_VALUES]
    assert any(refusals)
    assert [each for each in refusals if each and setting not in each] == []


def refusal(home: Path, text: str) -> str:
    """The error that settings give; nothing if they can be used."""
    try:
        written(home, text)
    except SettingsError as error:
        return str(error)
    return ""


def test_a_whole_number_may_be_written_with_a_point(tmp_path: Path):
    (tmp_path / "settings.toml").write_text("round_counts_to = 10.0\n", "utf-8")
    assert repr(load(tmp_path).round_counts_to) == "10"
