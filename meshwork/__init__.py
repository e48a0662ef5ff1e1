"""Meshwork by its installed name. In the checkout its two packages lie beside this one; the wheel holds them in it."""

__version__ = "0.2.0"
