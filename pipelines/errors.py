"""The base class of the errors that a person can act on."""

from __future__ import annotations


class ActionableError(Exception):
    """Something that the person at the screen or the command line can put right, or has to know.

    The message is a sentence or more for that person; it never holds a value of a row. Every command ends with it and
    exit code 2 in place of a traceback, so a new kind of error needs no more than to derive from this one.
    """
