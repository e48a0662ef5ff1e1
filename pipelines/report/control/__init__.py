"""Disclosure control: which parts of a report may leave the clinic."""
