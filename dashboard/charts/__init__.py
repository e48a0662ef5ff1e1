"""Charts: rows in, a picture out. No page and no server is known here, so a report can use them too."""
