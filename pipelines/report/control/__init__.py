"""Disclosure control: what of a report may leave the clinic."""
