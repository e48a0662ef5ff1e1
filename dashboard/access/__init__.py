"""Who may see what: signing in, roles, how long a session lasts, and the record of what was seen."""
