"""The audit: entries are only added, and any change is detected."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import audit
from pipelines.audit import Act
from pipelines.cli import main

ROOT = Path(__file__).parents[1]
SEEN = Act("dana@clinic.example", "therapist", "view_client", "c-1")


@pytest.fixture
def home(tmp_path) -> Path:
    """A home with five entries in its audit."""
    for n in range(5):
        audit.note(tmp_path, Act("dana@clinic.example", "therapist", "view_client", f"c-{n}"))
    return tmp_path


def lines(home: Path) -> list[str]:
    return (home / audit.FILE).read_text("utf-8").splitlines()


def write(home: Path, entries: list[str]) -> None:
    (home / audit.FILE).write_text("".join(f"{each}\n" for each in entries), "utf-8")


def verified(home: Path, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["audit", "verify", "--home", str(home), *more])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def test_an_entry_records_who_saw_whom_when_in_which_role_and_why(tmp_path):
    audit.note(tmp_path, Act("kim@clinic.example", "director", "break_glass", "c-7", None, "complaint of 3 May"))
    entry = json.loads(lines(tmp_path)[0])
    assert {name: entry[name] for name in ("n", "who", "role", "what", "client_id", "reason")} == {
        "n": 1,
        "who": "kim@clinic.example",
        "role": "director",
        "what": "break_glass",
        "client_id": "c-7",
        "reason": "complaint of 3 May",
    }
    assert entry["at"].endswith("+00:00")
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_an_intact_audit_is_verified_and_its_head_printed(home):
    code, output = verified(home)
    assert (code, "The audit is whole: 5 entries." in output) == (0, True)
    head = output.split()[-1]
    audit.note(home, SEEN)
    assert verified(home, "--head", head)[0] == 0


@pytest.mark.parametrize("text", ["foo", "5", "5:abc", ":" + 64 * "0"])
def test_what_is_no_head_says_nothing_about_the_audit(home, text):
    with pytest.raises(audit.AuditError, match="That is not the head of an audit"):
        audit.verify(home, text)
    assert verified(home, "--head", text) == (2, "")


def test_an_empty_audit_is_valid(tmp_path):
    assert verified(tmp_path) == (0, "Nothing has been noted yet.\n")


def changed(entries):
    return [entries[0], entries[1].replace("c-1", "c-9"), *entries[2:]]


def without(entry: str, name: str) -> str:
    return json.dumps({each: value for each, value in json.loads(entry).items() if each != name})


@pytest.mark.parametrize(
    ("tampered", "says"),
    [
        (changed, "Line 2 was changed"),
        (lambda entries: [entry.replace("therapist", "director") for entry in entries], "Line 1 was changed"),
        (lambda entries: entries[:2] + entries[3:], "Before line 3 an entry is missing"),
        (lambda entries: entries[1:], "Before line 1 an entry is missing"),
        (lambda entries: entries[:-1], "The end of the audit was cut off"),
        (lambda entries: [entries[1], entries[0], *entries[2:]], "Before line 1 an entry is missing"),
        (lambda entries: [*entries, entries[-1]], "Before line 6 an entry is missing"),
        (lambda entries: [*entries[:2], "damaged", *entries[3:]], "Before line 4 an entry is missing"),
        (lambda entries: [*entries[:-1], "damaged"], "The end of the audit was cut off"),
        (lambda entries: [], "The end of the audit was cut off"),
        (lambda entries: [*entries[:2], "[]", *entries[3:]], "Line 3 was changed: it is no entry."),
        (lambda entries: [*entries[:4], without(entries[4], "what")], "Line 5 was changed: it is no entry."),
        (lambda entries: [without(entries[0], "client_id"), *entries[1:]], "Line 1 was changed: it is no entry."),
        (lambda entries: [entries[0].replace('"n": 1', '"n": "1"'), *entries[1:]], "Line 1 was changed"),
    ],
)
def test_a_changed_audit_is_detected(home, tampered, says):
    write(home, tampered(lines(home)))
    code, output = verified(home)
    assert code == 1
    assert says in output
    assert "NOT whole" in output


@pytest.mark.parametrize("name", ["n", "what", "client_id", "before", "digest"])
def test_an_entry_that_lacks_what_is_read_of_it_stops_nothing(home, name):
    write(home, [*lines(home)[:4], without(lines(home)[4], name)])
    assert audit.clients(home, "view_client") == ["c-0", "c-1", "c-2", "c-3"]
    audit.note(home, SEEN)
    assert verified(home)[0] == 1


REMOVED = {
    "the audit": lambda home: (home / audit.FILE).unlink(),
    "its content": lambda home: write(home, []),
    "its end": lambda home: write(home, lines(home)[:-2]),
    "the note of the last entry": lambda home: (home / audit.HEAD).unlink(),
    "the end and the note": lambda home: (REMOVED["its end"](home), (home / audit.HEAD).unlink()),
    "the audit and the note": lambda home: ((home / audit.FILE).unlink(), (home / audit.HEAD).unlink()),
}


@pytest.mark.parametrize("remove", REMOVED.values(), ids=REMOVED)
def test_what_was_removed_is_detected_also_after_other_acts_were_noted(home, remove):
    head = verified(home)[1].split()[-1]
    remove(home)
    assert verified(home)[0] == 1
    for _ in range(2):
        audit.note(home, SEEN)
        code, output = verified(home)
        assert (code, "NOT whole" in output) == (1, True)
    assert [json.loads(line)["client_id"] for line in lines(home)[-2:]] == [SEEN.client_id] * 2
    assert verified(home, "--head", head)[0] == 1


def test_the_chain_goes_on_from_the_entries_that_were_removed(home):
    number, digest = verified(home)[1].split()[-1].split(":")
    (home / audit.FILE).unlink()
    audit.note(home, SEEN)
    (entry,) = (json.loads(line) for line in lines(home))
    assert (entry["n"], entry["before"]) == (int(number) + 1, digest)


def test_an_audit_removed_with_all_its_files_is_detected_by_a_head_kept_elsewhere(home):
    head = verified(home)[1].split()[-1]
    for name in (audit.FILE, audit.HEAD, audit.KEY):
        (home / name).unlink()
    assert audit.verify(home).problems == []
    assert audit.verify(home, head).problems == ["The audit is gone: it was begun, but there is no entry."]


def test_without_its_key_an_audit_is_not_verified_with_a_new_one(home):
    (home / audit.KEY).unlink()
    with pytest.raises(audit.AuditError, match="key of the audit cannot be read"):
        audit.verify(home)
    assert not (home / audit.KEY).exists()


@pytest.mark.parametrize("forged", ["", "4:abc 00", None])
def test_the_note_of_the_last_entry_cannot_be_forged(home, forged):
    (home / audit.HEAD).unlink() if forged is None else (home / audit.HEAD).write_text(forged)
    code, output = verified(home)
    assert (code, "note of the last entry is gone or was changed" in output) == (1, True)


def test_a_chain_rebuilt_with_another_key_is_detected(home, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    for n in range(5):
        audit.note(other, Act("dana@clinic.example", "therapist", "view_client", f"c-{n}"))
    for name in (audit.FILE, audit.HEAD):
        (home / name).write_bytes((other / name).read_bytes())
    assert verified(home)[0] == 1


def test_a_chain_rebuilt_with_the_same_key_is_detected_by_a_head_kept_elsewhere(home):
    head = verified(home)[1].split()[-1]
    (home / audit.FILE).unlink()
    audit._set_head(home, (home / audit.KEY).read_bytes().strip(), 0, audit.START)
    for n in range(5):
        audit.note(home, Act("dana@clinic.example", "therapist", "view_client", f"d-{n}"))
    assert verified(home)[0] == 0
    code, output = verified(home, "--head", head)
    assert (code, "kept elsewhere is not in this audit" in output) == (1, True)


@pytest.mark.parametrize("wrong", [{"n": 4}, {"before": "0" * 64}])
def test_an_entry_out_of_place_is_detected_even_where_the_key_signed_it(home, wrong):
    """Its number and the entry before it both have to fit."""
    *others, last = lines(home)
    entry = {name: value for name, value in (json.loads(last) | wrong).items() if name != "digest"}
    key = (home / audit.KEY).read_bytes().strip()
    write(home, [*others, json.dumps(entry | {"digest": audit._digest(key, entry)})])
    code, output = verified(home)
    assert (code, "Before line 5 an entry is missing or out of place." in output) == (1, True)


def test_the_key_may_lie_elsewhere_and_without_it_nothing_is_noted(tmp_path, monkeypatch):
    key = tmp_path / "key"
    monkeypatch.setenv(audit.KEY_VARIABLE, str(key))
    (tmp_path / "home").mkdir()
    with pytest.raises(audit.AuditError, match="key of the audit cannot be read"):
        audit.note(tmp_path / "home", SEEN)
    key.write_text("k" * 32)
    audit.note(tmp_path / "home", SEEN)
    assert not (tmp_path / "home" / audit.KEY).exists()
    assert verified(tmp_path / "home")[0] == 0
    key.unlink()
    code, output = verified(tmp_path / "home")
    assert (code, "k" * 32 in output) == (2, False)


def test_a_line_cut_off_by_a_loss_of_power_is_found_and_the_chain_goes_on(home):
    with (home / audit.FILE).open("a", encoding="utf-8") as file:
        file.write('{"n": 6, "at": "2026-')
    code, output = verified(home)
    assert (code, "Line 6 was cut off while it was written." in output) == (0, True)
    audit.note(home, SEEN)
    code, output = verified(home)
    assert (code, "6 entries" in output, "Line 6 was cut off" in output) == (0, True, True)


WRITER = """
import sys
from pathlib import Path
from pipelines import audit
for n in range(25):
    audit.note(Path(sys.argv[1]), audit.Act(sys.argv[2], "therapist", "view_client", f"c-{n}"))
"""


def test_several_processes_write_one_chain(tmp_path):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, tmp_path, f"w{n}"], cwd=ROOT) for n in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert audit.verify(tmp_path).problems == []
    entries = [json.loads(line) for line in lines(tmp_path)]
    assert [entry["n"] for entry in entries] == list(range(1, 76))
    assert {who: sum(entry["who"] == who for entry in entries) for who in ("w0", "w1", "w2")} == dict.fromkeys(
        ("w0", "w1", "w2"), 25
    )


def test_an_entry_longer_than_most_is_found_again(tmp_path):
    for reason in ("short", "long " * audit.TAIL, "short"):
        audit.note(tmp_path, Act("kim@clinic.example", "director", "break_glass", "c-7", None, reason))
    assert audit.verify(tmp_path).problems == []


def test_what_cannot_be_noted_is_an_error(home):
    (home / audit.FILE).unlink()
    (home / audit.FILE).mkdir()
    with pytest.raises(audit.AuditError, match="nothing is shown that is not noted"):
        audit.note(home, SEEN)


def test_the_clients_of_a_kind_of_entry_are_given_once_each_in_their_order(home):
    for client in ("c-9", "c-1", "c-9"):
        audit.note(home, Act("dana@clinic.example", "therapist", "forget", client))
    assert audit.clients(home, "forget") == ["c-9", "c-1"]
    assert audit.clients(home, "view_client") == [f"c-{n}" for n in range(5)]
    assert audit.clients(home / "other", "forget") == []


def test_only_what_has_a_name_is_noted(tmp_path):
    with pytest.raises(ValueError, match="shouted is not an act that the audit notes"):
        audit.note(tmp_path, Act("kim@clinic.example", "director", "shouted"))
    assert not (tmp_path / audit.FILE).exists()


def broken_off(home: Path, monkeypatch: pytest.MonkeyPatch, *, with_entry: bool) -> None:
    """Note something, and be cut off: before the entry is written, or before the note of it as the last one is."""
    set_head = audit._set_head

    def cut_off(*arguments: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        if with_entry:
            keeps = lambda home, key, number, digest: set_head(home, key, number, digest) if not number else cut_off()  # noqa: E731
            patched.setattr(audit, "_set_head", keeps)
        else:
            patched.setattr(audit, "_write", cut_off)
        with pytest.raises(audit.AuditError):
            audit.note(home, SEEN)


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_kill_while_the_audit_is_begun_does_not_look_like_a_loss(tmp_path, monkeypatch, written):
    write_whole, done = audit.write_whole, []

    def write_some(path: Path, text: str) -> None:
        if len(done) == written:
            raise OSError
        done.append(path)
        write_whole(path, text)

    with monkeypatch.context() as patched:
        patched.setattr(audit, "write_whole", write_some)
        with pytest.raises(audit.AuditError):
            audit.note(tmp_path, SEEN)
    assert audit.verify(tmp_path).problems == []
    audit.note(tmp_path, SEEN)
    assert audit.verify(tmp_path).problems == []


@pytest.mark.parametrize("with_entry", [False, True])
def test_a_kill_at_the_first_entry_does_not_look_like_a_loss(tmp_path, monkeypatch, with_entry):
    broken_off(tmp_path, monkeypatch, with_entry=with_entry)
    assert audit.verify(tmp_path).problems == []
    if not with_entry:
        (tmp_path / audit.FILE).unlink()  # and before the file was made
        assert audit.verify(tmp_path).problems == []
    audit.note(tmp_path, SEEN)
    assert audit.verify(tmp_path).problems == []
    assert audit.verify(tmp_path).entries == 1 + with_entry


def test_a_kill_at_a_later_entry_hides_no_loss(home, monkeypatch):
    broken_off(home, monkeypatch, with_entry=False)
    assert audit.verify(home).problems == []
    write(home, [])
    assert audit.verify(home).problems == [
        "The end of the audit was cut off: the last entry that was noted is not in it."
    ]


@settings(deadline=None)  # each entry waits for the disk
@given(st.text(max_size=40), st.text(max_size=2000))
def test_any_text_is_noted_on_one_line(tmp_path_factory, who, reason):
    home = tmp_path_factory.mktemp("home")
    for _ in range(2):
        audit.note(home, Act(who, "director", "break_glass", "c-1", None, reason))
    assert audit.verify(home).problems == audit.verify(home).remarks == []
    assert [json.loads(line)["reason"] for line in (home / audit.FILE).read_bytes().splitlines()] == [reason] * 2


def test_what_a_command_takes_out_is_noted_before_it_is_taken(tmp_path, published_home):
    home = published_home()
    for command in (["outreach", "export"], ["digest"], ["backup"]):
        out = tmp_path / "-".join(command)
        result = CliRunner().invoke(main, [*command, "--out", str(out), "--home", str(home)])
        assert result.exit_code == 0, result.output
    noted = [(entry["role"], entry["what"], entry["about"]) for entry in map(json.loads, lines(home))]
    assert noted == [
        ("operator", "export", "the journal of contacts"),
        ("operator", "export", "a digest for each therapist"),
        ("operator", "export", "a backup of the home"),
    ]
    (home / audit.KEY).unlink()
    result = CliRunner().invoke(main, ["outreach", "export", "--out", str(tmp_path / "again"), "--home", str(home)])
    assert (result.exit_code, (tmp_path / "again").exists()) == (2, False)
