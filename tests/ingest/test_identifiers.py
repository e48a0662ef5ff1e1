"""The identifier gate: what it refuses, and what honest exports may hold. Each case is a small file: header → values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.contract import Export, exports
from pipelines.engine.duckdb import Engine
from pipelines.ingest.identifiers import KINDS, Finding, in_header, in_values, looks_like_hash
from pipelines.ingest.plain import words

File = Mapping[str, Sequence[str | None]]

# Every file of a case has these columns beside the one that it is about.
USUAL = {"client_id": "C-0001", "meeting_date": "2026-10-05", "fellowship": "AA"}

ENGINE = Engine()


def findings(file: File, looked_at: str | None = None) -> list[Finding]:
    """What the gate finds in a file, whose header is line 1; in the values, of one column only if it is given."""
    headers = list(file)
    columns = [f"c{n}" for n in range(len(headers))]
    table = {column: pa.array(values, pa.string()) for column, values in zip(columns, file.values(), strict=True)}
    rows = max(map(len, file.values()))
    ENGINE.load("raw", pa.table({"line": pa.array(range(2, rows + 2), pa.int64()), **table}))
    skip = [column for column, header in zip(columns, headers, strict=True) if looked_at not in (None, header)]
    return in_header(headers) + in_values(ENGINE, "raw", headers, columns, skip)


def beside(header: str, *values: str | None) -> File:
    """An export that is honest in all but, perhaps, a column of these values."""
    return {**{usual: [value] * len(values) for usual, value in USUAL.items()}, header: values}


HONEST_VALUES: dict[str, list[str]] = {
    "client_id": [
        "C-0001", "CTN-00002", "a1b2c3", "C-555-1234", "000000123", "100000001", "1000000001", "2000000017", "202600123",
        "2026000123", "client_17", "0f8fad5b-d9cb-469f-a165-70873728950e", "JS-0042", "P20261005", "WXYZ", "kestrel-12",
        "9-12-31", "AB12CD34EF56GH78K",
    ],
    "therapist_id": ["T210", "T211", "th-07", "LCSW-3", "blue", "B", "Team North"],
    "sponsor_role": ["peer", "therapist", "family", "friend", "other"],
    "site": [
        "Mill Street", "Harbor", "Northside Clinic", "St. Mary", "Saint Joseph", "Grace House", "Hope Springs", "Lincoln Park",
        "5th Avenue Clinic", "Florence", "Charlotte", "Austin", "Virginia Mason", "Betty Ford Center", "Dorothy Day House",
        "Martin Luther King Center", "Mary Hall Clinic", "12th Street", "Site 2 Mill Street", "San Jose", "S35", "Johns Hopkins",
        "Rose Garden", "Jackson, MS", "Building 4", "North", "Phoenix House", "Mount Carmel", "Santa Maria",
        "Ann Arbor", "Santa Rosa", "Clinic Santa Rosa", "Santa Cruz", "Winston-Salem", "Lake Charles", "Lake George", "Lake Stevens",
        "Anne Arundel", "Prince George's", "Prince George's County", "King George", "Prince William", "Fergus Falls", "Albert Lea",
        "Lake Norman of Catawba", "Father Martin's Ashley", "Dorothea Dix",
    ],
    "program": ["IOP", "PHP", "Intensive Outpatient", "Living Sober", "Phoenix", "Willow", "Will Power", "Matrix Model", "Step 12 Way"],
    "fellowship": ["AA", "NA", "CA", "CMA", "GA", "SLAA", "Al-Anon", "SMART", "Recovery Dharma", "LifeRing", "Celebrate Recovery"],
    "meeting_id": [
        "tuesday-night-big-book-12", "monday-7pm", "na-5551234-online", "friends-of-bill-w", "st-james-noon", "84512345678",
        "845 1234 5678", "482913377", "grace-hill", "7am-attitude-adjustment",
    ],
    "mode": ["in_person", "online", "phone"],
    "level_of_care": ["0.5", "1", "1.0", "1.7", "2.1", "2.5", "3.7", "4", "OTP"],
    "topic": [
        "Relapse prevention", "90 meetings in 90 days", "Step 4 inventory", "12 Step way of life", "Bill's Story", "Dr. Bob's Nightmare",
        "Bill W. and Dr. Bob", "90 days old chip", "30 minute drive", "Joe and Charlie Big Book", "Patrick Carnes, task 3",
        "AA birthday 10/05/2026", "turned 90 days sober", "Grief and loss", "Step 9: amends", "Sober since 2019", "24 hours at a time",
        "Brené Brown video", "Alexander Technique", "Triggers: people, places, things", "Call sponsor daily", "Dr. appointment",
        "Plan B", "Hepatitis C education", "May Day party", "Read pages 58-103", "Discuss 2.1 to 1.0 step-down", "10:00-11:30",
        "5 senses grounding", "Family session w/ mother", "Letter to Maria", "April Retreat", "Joshua Tree", "Mark progress on step 3", "Will and surrender",
    ],
    "task": ["Letter to a friend", "List of consequences", "Relapse prevention plan", "Read Bill's Story", "Call 3 people", "Address the anger"],
    "substance": ["alcohol", "Molly", "Crystal", "Jack Daniels", "Mary Jane", "Xanax 2 mg", "Charlie", "250-1000 mg", "Jim Beam"],
    "behaviour": ["online gambling", "alcohol", "pornography", "Amazon shopping", "texting my ex"],
    "craving": ["0", "7", "10", "7.0"],
    "start_time": ["19:00", "07:30", "19:00:00", "7:30"],
    "meeting_date": ["2026-10-05", "10/05/2026", "5.10.2026", "2026-10-05 00:00:00"],
    "sobriety_date": ["1985-05-05", "1989-12-31", "2026-01-01"],
    "age": ["17", "34", "89", "90+", "131"],
    "age_band": ["25-34", "65-74", "90+"],
    "zip3": ["021", "100", "945"],
    "zip": ["021", "021**", "100xx"],
    "state": ["MA", "NY", "California"],
    "city": ["Boston", "Springfield"],
    "year_of_birth": ["1980", "2001", "1955"],
    "room_name": ["Blue Room", "Room 12", "Maple"],
    "group_name": ["Tuesday Men", "Serenity", "Grace Group"],
    "program_name": ["Hope House", "IOP Evening"],
    "meeting_name": ["Joy of Living", "Friends of Bill W", "Early Birds 6am"],
    "site_name": ["Mill Street", "Northside"],
    "task_name": ["List of consequences"],
    "email_sent": ["yes", "no"],
    "address_verified": ["yes", "no"],
    "phone_calls": ["3", "0"],
    "mobile_crisis_unit": ["yes", "no"],
    "has_phone": ["yes", "no"],
    "sponsor_contact_count": ["2", "5"],
    "licence_type": ["LCSW", "CADC"],
    "account_type": ["grant", "self-pay"],
    "insurance_type": ["Medicaid", "commercial"],
    "sobriety_birthday": ["2024-10-05", "2010-02-01"],
    "naltrexone_implant": ["yes", "no"],
    "body_image_score": ["3", "9"],
    "accountability": ["sponsor", "group", "family"],
    "row_id": ["1000000001", "1000000002", "482913377"],
    "record_no": ["482913377", "519283746", "345678912"],
    "created_at": ["2026-10-05 19:22:33", "2026-10-05T19:22:33Z", "10/05/2026 7:22 PM", "1767225600"],
    "epoch": ["1767225600", "1767225600000", "4102444800"],
    "duration_minutes": ["60", "90", "120"],
    "attendance_count": ["12", "140"],
    "app_version": ["1.2.3.4", "2.1.0", "10.0.0.1"],
    "uuid": ["0f8fad5b-d9cb-469f-a165-70873728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"],
    "row_hash": ["d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
    "score": ["0.1234567", "123.4567890", "-71.0589", "98.6"],
    "last_seen": ["1970-01-01", "1900-01-01", "2026-10-05"],
    "remarks": ["good", "arrived late", "left early", "joined by phone", "", "n/a", "2 calls, 3 texts"],
    "amount": ["123456789", "2125550123"],
}  # fmt: skip


HONEST: list[tuple[str, str, Sequence[str]]] = [
    *[(f"{header}: {value}", header, [value]) for header, values in HONEST_VALUES.items() for value in values],
    *[(f"{header}: all", header, values) for header, values in HONEST_VALUES.items()],
    ("ids of ten digits", "client_id", [f"20000{n:05}" for n in range(50)]),
    ("therapist codes", "therapist_id", [f"T{n}" for n in range(200, 230)]),
]

IDENTIFIED_HEADERS: dict[str, list[str]] = {
    "name": [
        "name", "Name", "patient_name", "PatientName", "PATIENT NAME", "first_name", "FirstName", "LAST NAME", "lastname", "surname",
        "Client Full Name", "fname", "preferred_name", "maiden name", "therapist_name", "sponsor name", "Nachname", "Vorname", "apellidos",
        "nombre", "prénom", "Nom", "next_of_kin", "emergency_contact", "initials", "client_initials", "name_of_client", "nickname",
    ],
    "e-mail address": ["email", "E-Mail", "EmailAddress", "client_email", "e_mail", "correo electrónico", "Email 2"],
    "telephone or fax number": [
        "phone", "Phone Number", "home_phone", "HomePhone", "phone_work", "cell", "mobile", "tel", "Fax", "fax_number", "Telefon",
        "teléfono", "telephone", "meeting_phone", "contact_number", "preferred_phone",
    ],
    "SSN or other national number": ["SSN", "ssn", "Social Security Number", "social_security_no", "SSN4", "last4", "national_id", "tax_id"],
    "medical record number": ["MRN", "mrn", "medical_record_number", "MedicalRecordNo", "chart_no", "chart number", "med rec #"],
    "health-plan number": ["insurance_id", "InsuranceNumber", "member id", "MemberID", "policy_no", "medicaid_id", "subscriber_id", "MBI"],
    "account number": ["account", "account_number", "Acct No", "bank_account", "IBAN", "credit card", "username"],
    "certificate or licence number": ["driver_license", "Driver's License", "drivers licence no", "license_number", "DL", "passport_no"],
    "vehicle number": ["VIN", "license_plate", "licence plate", "plate_number", "vehicle_id", "Kennzeichen"],
    "device number": ["device_id", "device serial", "serial_number", "IMEI", "mac_address", "UDID"],
    "URL": ["url", "URL", "website", "web_address", "profile_url", "meeting url", "homepage"],
    "IP address": ["ip_address", "IPAddress", "client_ip", "IPv4"],
    "date of birth": ["DOB", "dob", "D.O.B.", "date_of_birth", "DateOfBirth", "birth_date", "Birthdate", "birthday", "Geburtsdatum",
                      "fecha_nacimiento", "date de naissance", "client_dob"],
    "street address": ["address", "Address 1", "address_line_2", "home_address", "street", "StreetAddress", "addr", "Adresse", "Straße",
                       "dirección", "po_box", "latitude", "gps"],
    "ZIP code of more than three digits": ["zip5", "zip+4", "ZIP4"],
    "photograph or biometric record": ["photo", "Photo_URL", "picture", "fingerprint", "finger_print", "face_scan", "voiceprint", "biometric"],
}  # fmt: skip

IDENTIFIED_VALUES: dict[str, list[tuple[str, str]]] = {
    "e-mail address": [
        ("client_id", "jsmith@example.com"), ("topic", "write to maria.lopez@example.org"), ("remarks", "JOHN＠EXAMPLE.COM"),
        ("site", "john (at) example.com"),
    ],
    "URL": [
        ("meeting_id", "https://zoom.us/j/84512345678"), ("topic", "see www.example.com"), ("remarks", "facebook.com/maria.lopez"),
        ("label", "johnsmith.com"), ("meeting_id", "zoom.us/j/845"),
    ],
    "photograph or biometric record": [("label", "IMG_2041.jpg"), ("data", "data:image/png;base64,iVBORw0KGgo"), ("blob", "/9j/4AAQSkZJRg")],
    "IP address": [("source", "192.168.1.10"), ("remarks", "logged in from 10.0.0.12"), ("origin", "2001:db8::8a2e:370:7334")],
    "SSN or other national number": [
        ("client_id", "123-45-6789"), ("client_id", "123456789"), ("client_id", " 123-45-6789 "), ("topic", "ssn 123456789"),
        ("topic", "123-45-6789"), ("remarks", "XXX-XX-6789"), ("client_id", "123\u201145\u20116789"), ("ref_", "123 45 6789"), ("topic", "123456789"),
    ],
    "telephone or fax number": [
        ("client_id", "555-123-4567"), ("client_id", "5551234567"), ("client_id", "+15551234567"), ("topic", "call 555-123-4567"),
        ("topic", "(555) 123-4567"), ("topic", "(555)123-4567"), ("topic", "555.123.4567"), ("site", "+44 20 7946 0958"), ("topic", "555 123 4567"),
        ("task", "Call sponsor at 5551234567"), ("topic", "phone: 555-1234"), ("remarks", "555-1234"), ("remarks", "fax 1-800-555-0199"),
        ("remarks", "+49 (0)30 1234567"), ("remarks", "0049 30 1234567"), ("remarks", "020 7946 0958"), ("topic", "555\u2011123\u20114567"),
        ("remarks", "5551234567"), ("client_id", "1-555-123-4567"), ("remarks", "555-123-4567 x12"), ("meeting_id", "555-123-4567"),
    ],
    "date of birth": [
        ("topic", "DOB 01/02/1980"), ("remarks", "born 4 March 1980"), ("remarks", "d.o.b.: 1980-03-04"), ("label", "1961-07-09"),
        ("remarks", "07/09/1961"), ("client_id", "JS19800304"), ("remarks", "Date of birth: March 4, 1980"), ("topic", "geb. 04.03.1980"),
    ],
    "age over 89": [
        ("age", "93"), ("Age", "90"), ("age", "130"), ("client_age", " 101 "), ("topic", "93-year-old client"), ("remarks", "aged 95"), ("age", "93.0"),
        ("remarks", "91 yo"), ("birth_year", "1930"), ("age_at_admission", "92 years"),
    ],
    "medical record number": [("topic", "MRN 00123456"), ("client_id", "MRN00123456"), ("remarks", "mrn#: A-123456"), ("remarks", "chart no. 48213")],
    "health-plan number": [("remarks", "Medicaid ID 12345678"), ("remarks", "policy no: AB123456"), ("remarks", "1EG4-TE5-MK73")],
    "account number": [
        ("remarks", "account 12345678"), ("remarks", "acct #4821"), ("topic", "4111 1111 1111 1111"), ("label", "4111111111111111"),
        ("label", "DE89 3704 0044 0532 0130 00"),
    ],
    "certificate or licence number": [("remarks", "driver's license D1234567"), ("remarks", "DL# D123456"), ("remarks", "passport 482913377")],
    "vehicle number": [("remarks", "1HGCM82633A004352"), ("label", "1M8GDM9AXKP042788"), ("remarks", "license plate 7ABC123")],
    "device number": [("label", "00:1A:2B:3C:4D:5E"), ("remarks", "serial no. SN48213A7"), ("label", "490154203237518"), ("remarks", "IMEI 490154203237518")],
    "street address": [
        ("site", "12 Oak Street"), ("topic", "12 Oak Street"), ("topic", "moved to 1420 N. Maple Ave."), ("remarks", "P.O. Box 123"),
        ("remarks", "5 elm court"), ("remarks", "77 Sunset Blvd, Apt 4"), ("site", "120 5th Avenue"), ("remarks", "Hauptstr. 5"),
        ("remarks", "Berliner Straße 12"), ("remarks", "12 rue de la Paix"), ("remarks", "Calle Mayor 12"), ("remarks", "42.37361, -71.10973"),
        ("remarks", "221B Baker Street"), ("remarks", "4 MAPLE DRIVE"),
    ],
    "ZIP code of more than three digits": [
        ("zip", "02139"), ("ZIP Code", "2139"), ("zip3", "02139"), ("topic", "02139-4307"), ("remarks", "Cambridge, MA 02139"),
        ("postcode", "SW1A 1AA"), ("remarks", "zip 02139"), ("PLZ", "10115"),
    ],
    "name": [
        ("site", "Rosa Cruz"), ("site", "Cruz, Rosa"), ("site", "Maria Santa Cruz"), ("site", "Glen Allen"), ("site", "George King"),
        ("site", "John Smith"), ("topic", "John Smith"), ("task", "Letter to Maria Lopez"), ("therapist_id", "Maria Lopez"),
        ("therapist_id", "Lopez, Maria"), ("behaviour", "John Smith"), ("substance", "JOHN SMITH"), ("topic", "john smith"),
        ("label", "Maria de la Cruz"), ("remarks", "José García"), ("remarks", "SMITH, JOHN"), ("topic", "Mrs. Miller"),
        ("topic", "met with Dr. Patel"), ("remarks", "John Q. Smith"), ("remarks", "Anna-Maria Schmidt"), ("remarks", "Patrick O'Brien"),
        ("remarks", "Siobhan O\u2019Neill"), ("client_id", "John-Smith"), ("client_id", "smith_john"), ("client_id", "JohnSmith"),
        ("client_id", "johnsmith1"), ("remarks", "Svetlana Kowalczyk"), ("topic", "Will Smith"), ("topic", "Grace Rodriguez"),
        ("remarks", "Mary White"), ("therapist_id", "Maria"), ("therapist_id", "Lopez"), ("remarks", "Maria\u00a0Lopez"),
        ("remarks", "john  smith"), ("meeting_id", "John Smith"), ("remarks", "Maria L."), ("counselor", "Grace King"),
        ("remarks", "John Smith's house"), ("remarks", "Sarah Jane Parker"), ("program", "Robert Johnson Jr."), ("therapist_id", "Maria Lopez, LCSW"),
        ("remarks", "Smith, J. and Maria Garcia"), ("label", "Nguyen, Thanh"), ("topic", "Jane Doe"), ("topic", "Jean-Luc Moreau"), ("topic", "Nguyen Van Minh"),
        ("remarks", "Lopez Maria"), ("topic", "mr. jones visited"), ("therapist_id", "M. Lopez"), ("therapist_id", "mlopez"), ("client_id", "doe_jane"),
    ],
}  # fmt: skip

IDENTIFIED: list[tuple[str, str, str, Sequence[str]]] = [
    *[(f"{header}: {value}", kind, header, [value]) for kind, cases in IDENTIFIED_VALUES.items() for header, value in cases],
    ("one e-mail in 10,000 rows", "e-mail address", "topic", ["Step work"] * 9_999 + ["a@example.com"]),
    ("one SSN in 10,000 ids", "SSN or other national number", "client_id", [f"C-{n}" for n in range(9_999)] + ["219-09-9999"]),
    ("one name in 10,000 topics", "name", "topic", [f"Topic {n}" for n in range(9_999)] + ["Ask Linda Brown"]),
    ("given names", "name", "label", ["Maria", "Susan", "Thomas", "Kevin", "late"]),
    ("given names as ids", "name", "client_id", ["maria", "susan", "thomas", "kevin"]),
    ("initials and surnames", "name", "client_id", ["jsmith", "mlopez2", "k_johnson", "tnguyen"]),
    ("names half known", "name", "label", ["Xiadani Lopez", "Mark Young", "Grace King", "Oriol Vazquez"]),
    ("dates of birth", "date of birth", "d1", ["1961-07-09", "1984-01-30", "1999-12-01", "2001-05-05"]),
    ("plain SSNs", "SSN or other national number", "personal", ["219099999", "457555462", "078051120"]),
]  # fmt: skip


@pytest.mark.parametrize(("header", "values"), [pytest.param(*case, id=name) for name, *case in HONEST])
def test_an_honest_file_passes(header: str, values: Sequence[str]) -> None:
    assert findings(beside(header, *values), looked_at=header) == []


@pytest.mark.parametrize(
    "export", [export for export in exports().values() if export.format == "table"], ids=lambda export: export.name
)
def test_the_contract_s_own_headers_pass(export: Export) -> None:
    assert in_header([*export.header, *(column.replace("_", " ").title() for column in export.header)]) == []


@pytest.mark.parametrize("values", [[], [None], ["", "  ", "\t"]], ids=["no row", "null", "blanks"])
def test_a_file_without_values_passes(values: list[str | None]) -> None:
    assert findings(beside("remarks", *values)) == []


@pytest.mark.parametrize(
    ("kind", "header"), [(kind, header) for kind, headers in IDENTIFIED_HEADERS.items() for header in headers]
)
def test_an_identifying_header_is_refused(kind: str, header: str) -> None:
    found = in_header([*USUAL, header])
    assert [(each.kind, each.line, each.count) for each in found] == [(kind, None, 1)]


@pytest.mark.parametrize(("kind", "header", "values"), [pytest.param(*case, id=name) for name, *case in IDENTIFIED])
def test_an_identified_file_is_refused_with_the_kind_and_without_the_value(
    kind: str, header: str, values: Sequence[str]
) -> None:
    found = findings(beside(header, *values), looked_at=header)
    assert kind in {each.kind for each in found}
    told = " ".join(str(each).replace(f'"{header}"', "") for each in found)
    assert not [value for value in values[-5:] if value.strip().lower() in told.lower()]


def test_a_finding_gives_column_line_and_rows() -> None:
    file = beside("topic", "Grief", "call 555-123-4567", "Step 4", "555 123 4567", "call 555-123-4567")
    [found] = findings(file)
    assert found == Finding("telephone or fax number", "topic", 3, 3)
    assert str(found) == 'column "topic", line 3: looks like a telephone or fax number (3 rows)'
    assert str(in_header([*USUAL, "e_mail"])[0]) == 'column "e_mail": the header says an e-mail address'


def test_a_column_may_hold_several_kinds() -> None:
    found = findings(beside("topic", "Maria Lopez", "maria.lopez@example.org", "12 Oak Street", "Maria Lopez"))
    assert [(each.kind, each.line, each.count) for each in found] == [
        ("e-mail address", 3, 1),
        ("street address", 4, 1),
        ("name", 2, 2),
    ]


HEADERLESS = [
    ["C-001", "2026-10-05", "AA", "Maria Lopez", "maria@example.org", "Mill Street"],
    ["C-001", "2026-10-05", "AA", "Maria", "Kowalczyk", "617-555-0123"],
    ["Maria Lopez", "02139", "12 Oak Street", "5551234567"],
]


@pytest.mark.parametrize("first", HEADERLESS)
def test_a_file_without_a_header_line_reveals_nothing_of_its_first_line(first: list[str]) -> None:
    found = findings({cell: ["Maria", "John", "Susan", "maria@example.org"] for cell in first})
    assert found
    assert {each.column for each in found} <= {f"column {n + 1}" for n in range(len(first))}


def test_a_client_s_name_as_a_header_is_refused_and_not_repeated() -> None:
    assert in_header([*USUAL, "John Smith"]) == [Finding("name", "column 4", None, 1)]
    [found] = findings({**beside("Maria", "617-555-0123")})
    assert found.column == "column 4"


@pytest.mark.parametrize("before", [0, 350, 395, 400, 450, 1999])
def test_an_identifier_is_found_anywhere_in_a_long_text(before: int) -> None:
    text = "went well " * (before // 10) + "ring 555-867-5309 " + "and so on " * 200
    assert [finding.kind for finding in findings(beside("remarks", text))] == ["telephone or fax number"]


def test_a_cell_or_a_header_without_end_does_not_hold_up_a_run() -> None:
    assert findings({**beside("remarks", "x" * 500_000), "y" * 500_000: ["1"]}) == []


def test_columns_that_are_skipped_are_not_looked_at() -> None:
    assert findings(beside("topic", "Maria Lopez"), looked_at="fellowship") == []


@pytest.mark.parametrize(
    ("ids", "derived"),
    [
        (["C-001", "C-002"], False),
        (["d41d8cd98f00b204e9800998ecf8427e"], True),
        (["C-001", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709 "], True),
        (["a" * 64], True),
        (["a" * 31], False),
        (["0f8fad5b-d9cb-469f-a165-70873728950e"], False),
        ([], False),
        ([None], False),
    ],
)
def test_ids_that_look_like_hashes(ids: list[str | None], derived: bool) -> None:
    ENGINE.load("raw", pa.table({"line": pa.array(range(len(ids)), pa.int64()), "c0": pa.array(ids, pa.string())}))
    assert bool(ENGINE.value(f"SELECT bool_or({looks_like_hash('c0')}) FROM raw")) is derived


def test_every_kind_can_be_found_by_header_or_by_value() -> None:
    assert {kind.name for kind in KINDS} == {*IDENTIFIED_HEADERS, *IDENTIFIED_VALUES}


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("PatientName", "patient name"),
        ("e-mail", "e mail"),
        ("DOB", "dob"),
        (" Prénom ", "prenom"),
        ("chart_#", "chart number"),
    ],
)
def test_headers_in_words(header: str, said: str) -> None:
    assert words(header) == said


PSEUDONYMS = st.one_of(
    st.builds("{}-{:05}".format, st.sampled_from(["C", "CTN", "cl", "P2"]), st.integers(0, 99_999)),
    st.uuids().map(str),
    st.text("0123456789abcdef", min_size=3, max_size=64).filter(lambda text: not text.isdigit()),
    st.text("bcdfghjkmnpqrtvwxz0123456789_-", min_size=3, max_size=64).filter(lambda text: any(map(str.isalpha, text))),
)
SLUGS = st.builds(
    "{}-{}-{}".format,
    st.sampled_from(["monday", "tuesday-night", "noon"]),
    st.sampled_from(["big-book", "step-study", "st-james", "grace-hill", "serenity"]),
    st.integers(1, 999),
)
HONEST_COLUMNS = {
    "client_id": PSEUDONYMS,
    "meeting_date": st.dates(date(1990, 1, 1), date(2030, 12, 31)).map(str),
    "created_at": st.datetimes(datetime(1990, 1, 1), datetime(2030, 12, 31)).map(str),
    "start_time": st.times().map(lambda time: f"{time:%H:%M}"),
    "meeting_id": SLUGS,
    "craving": st.integers(0, 10).map(str),
    "duration_minutes": st.integers(0, 300).map(str),
    **{
        column.name: st.sampled_from(column.codes)
        for export in exports().values()
        for column in export.columns
        if column.codes
    },
}


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_pseudonyms_dates_times_slugs_and_codes_are_never_refused(data: st.DataObject) -> None:
    headers = data.draw(st.lists(st.sampled_from(sorted(HONEST_COLUMNS)), min_size=1, max_size=3, unique=True))
    rows = data.draw(st.integers(1, 8))
    file = {name: data.draw(st.lists(HONEST_COLUMNS[name], min_size=rows, max_size=rows)) for name in headers}
    assert findings(file) == []


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from([value for cases in IDENTIFIED_VALUES.values() for _, value in cases]), min_size=2, max_size=5
    ),
    st.lists(
        st.sampled_from([value for cases in IDENTIFIED_VALUES.values() for _, value in cases]), min_size=3, max_size=3
    ),
)
@example(first=["acct #4821", "SW1A 1AA"], column=["jsmith@example.com"] * 3)
def test_no_finding_reveals_a_value_even_in_a_file_without_a_header_line(first: list[str], column: list[str]) -> None:
    file = {f"{cell}": column for cell in first}
    told = " ".join(map(str, findings(file)))
    held = {value for value in [*first, *column] if not value.strip().isdigit()}
    assert not [value for value in held if value in told]


@pytest.mark.parametrize(
    ("kind", "header", "values"),
    [
        ("SSN or other national number", "ref_no", [f"{area:03}{group:02}{serial:04}" for area, group, serial in zip(range(101, 401), range(11, 71), range(1234, 1294), strict=False)]),
        ("date of birth", "client_id", ["19610314", "19720821", "19850102"]),
        ("date of birth", "client_id", ["03141961", "08211972", "01021985"]),
        ("date of birth", "client_id", ["19850304", "AB-22", "kestrel-12"]),
        ("date of birth", "client_id", ["c-031985", "c-031962", "c-051990", "c-111971"]),
        ("date of birth", "client_id", ["P-19850304", "P-19720821", "P-19910711"]),
        ("date of birth", "client_id", ["mg031985", "JT-111962", "ks051990", "C-004117"]),
        ("telephone or fax number", "meeting_id", ["john-at-home-415-555-0112"]),
        ("telephone or fax number", "meeting_id", ["415_555_0112_men"]),
        ("telephone or fax number", "site", ["home-415-555-0112"]),
        ("name", "meeting_id", ["maria-lopez"]),
        ("name", "meeting_id", ["j-lopez"]),
        ("name", "client_id", ["GONZALEZ-M-850304"]),
        ("name", "client_id", ["lopez_m"]),
        ("name", "site", ["Dr Kowalczyk"]),
        ("name", "remarks", ["seen by Mrs. Grace Kowalczyk on Monday"]),
        ("name", "topic", ["J. Lopez"]),
        ("name", "topic", ["letter to brother Kevin"]),
        ("name", "task", ["talk with wife, Maria"]),
        ("name", "remarks", ["met with J. Lopez about housing"]),
        ("name", "remarks", ["Lopez, M. called"]),
        ("vehicle number", "remarks", ["in 7ABC123"]),
        ("vehicle number", "remarks", ["parked: ABC-1234"]),
        ("date of birth", "remarks", ["b. 03/14/1961"]),
        ("account number", "remarks", ["visa 4012888888881881"]),
    ],
)  # fmt: skip
def test_what_hides_in_an_innocent_column_is_found(kind, header, values) -> None:
    assert {finding.kind for finding in findings(beside(header, *values))} == {kind}


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("ref_no", [str(200_000_000 + n) for n in range(12)]),
        ("client_id", ["20260101", "20260102", "20260103"]),
        ("client_id", [str(20_050_001 + n) for n in range(150)]),
        ("client_id", [str(10_011_500 + n) for n in range(2_500)]),
        ("client_id", [f"C-{n:06}" for n in range(11_500, 13_500)]),
        ("client_id", [f"C-{n:06}" for n in range(11_921, 11_926)]),
        ("client_id", [f"P-{n:06}" for n in range(12_001, 12_005)] + ["P-021960"]),
        ("client_id", ["MR195001", "MR195002", "MR195003"]),
        ("client_id", [str(n) for n in range(19_500_101, 19_500_129)]),
        ("client_id", [f"{n:08}" for n in range(1_011_950, 1_011_990)]),
        ("client_id", [f"A-{n}" for n in range(20_010_101, 20_010_132)]),
        *(("meeting_id", [slug]) for slug in ("n-clark", "s-henderson", "e-nelson", "w-taylor", "ne-anderson")),
        ("meeting_id", ["tuesday-nooners-12-12-2012", "men-555-0112", "zoom-2024-415-5550"]),
        ("site", ["Dr. King Center", "Dr Pepper Park", "Elm Dr Marlton", "Ms Foundation", "Dr Kowalczyk Center"]),
        ("meeting_id", ["bill-wilson", "grace-hill", "morning-lopez"]),
        ("topic", ["Codependent No More (Melody Beattie)", "The Body Keeps the Score (Bessel van der Kolk)", "Radical Honesty (Anna Lembke)"]),
        ("topic", ["Feeling Good (David Burns)", "Radical Acceptance (Tara Brach)", "Susan B. Anthony", "Jon Kabat-Zinn, ch. 2"]),
        ("topic", ["MET 101", "CBT-2026", "DBT 2026", "IOP 2026 review", "room ABC 1234"]),
        ("topic", ["Sister Maria House", "letter to my brother", "Father Time"]),
    ],
)  # fmt: skip
def test_what_only_looks_like_an_identifier_passes(header, values) -> None:
    assert findings(beside(header, *values)) == []
