"""Charts: rows in, a picture out. They know no page and no server, so a report can use them too."""
