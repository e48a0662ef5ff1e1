"""Sentences, amounts and labels that the screen and the report share."""
