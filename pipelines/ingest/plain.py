"""The form in which texts are compared: a value without accents, a header in words."""

from __future__ import annotations

import re
import unicodedata


def words(header: str) -> str:
    """A header in words: `PatientName`, `patient-name` and `PATIENT_NAME` are all `patient name`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain(header))
    return " ".join(re.sub(r"[\W_]", " ", spaced.replace("'", "").replace("#", " number ")).lower().split())


def plain(value: str) -> str:
    """A value as the patterns are written: without accents, with plain hyphens, quotes and blanks."""
    text = re.sub("[\u00ad\u200b-\u200f\u2060\ufeff]", "", unicodedata.normalize("NFKC", value))
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    text = re.sub("[\u2018\u2019\u02bc\u00b4`]", "'", text)
    text = text.replace("ß", "ss").replace("ø", "o").replace("Ø", "O").replace("ł", "l").replace("Ł", "L")
    text = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return " ".join(text.split())
