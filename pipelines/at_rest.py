"""Encryption at rest: refused, because this version of the engine cannot do it safely.

DuckDB 2.0 encrypts only with a module that comes as an extension (httpfs, with OpenSSL), which is not packaged for this
version. Its built-in module reads encrypted files; it writes them only with the setting `force_mbedtls_unsafe`, and
warns that such files are not securely encrypted. A test fails once that changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.errors import ActionableError

# Variables that would give the key, or the file that holds it. Neither is read.
VARIABLES = ("MESHWORK_ENCRYPTION_KEY", "MESHWORK_ENCRYPTION_KEY_FILE")


class EncryptionError(ActionableError):
    """Encryption was asked for; the message gives the reason for refusing and what to do."""


def refuse_where_asked(environment: Mapping[str, str]) -> None:
    """Raises EncryptionError if the environment names a key: whoever set it must not believe that it is in use."""
    named = [name for name in VARIABLES if name in environment]
    if named:
        raise EncryptionError(
            f"{named[0]} asks for encrypted files, which this version of DuckDB cannot write securely. Keep the home "
            "folder on an encrypted volume instead (LUKS, BitLocker, FileVault), and remove the variable; "
            "docs/security.md says how."
        )
