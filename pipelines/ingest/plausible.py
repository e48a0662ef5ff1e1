"""Which days and ages can be a client's. What lies outside was mistyped, or is about something else."""

from __future__ import annotations

from datetime import date

# No date of service is earlier.
EARLIEST = date(1990, 1, 1)
# In years; nobody has become so old.
OLDEST = 130
