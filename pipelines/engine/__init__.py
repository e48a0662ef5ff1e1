"""Engines: load rows, build tables, give rows back. Nothing else knows which engine runs."""
