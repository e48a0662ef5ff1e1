"""Encryption at rest: not by this version of the engine, and so refused rather than done badly.

DuckDB 2.0 encrypts only with a module that comes as an extension (httpfs, with OpenSSL), which does not exist for this
version as a package. What it has built in can read encrypted files; to write them it must be told to
`force_mbedtls_unsafe`, and it calls such files not securely encrypted. A test says when that changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.errors import ActionableError

# What would name the key, or the file that holds it. Neither is read.
VARIABLES = ("MESHWORK_ENCRYPTION_KEY", "MESHWORK_ENCRYPTION_KEY_FILE")


class EncryptionError(ActionableError):
    """Encryption was asked for; the message says why there is none, and what to do."""


def refuse_where_asked(environment: Mapping[str, str]) -> None:
    """Raises EncryptionError where the environment names a key: whoever set it must not think that it is used."""
    named = [name for name in VARIABLES if name in environment]
    if named:
        raise EncryptionError(
            f"{named[0]} asks for encrypted files, and this version of DuckDB can write none that are secure. Keep the "
            "home folder on an encrypted volume (LUKS, BitLocker, FileVault) in its place, and take the variable out; "
            "docs/security.md says how."
        )
