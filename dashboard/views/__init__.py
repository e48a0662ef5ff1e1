"""The pages: each module has a function `page` of the context, and holds no SQL and no arithmetic."""
