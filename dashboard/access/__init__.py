"""Who may see what: signing in, roles, how long a session lasts, and the note of what was seen."""
