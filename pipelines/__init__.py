"""Meshwork's pipeline: exports in, published tables out."""
