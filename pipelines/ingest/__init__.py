"""From files to typed, keyed rows: read, map, gate, check, store. Only this package sees raw text."""
