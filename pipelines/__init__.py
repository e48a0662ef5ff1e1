"""Meshwork's pipeline: exports in, published tables out."""

import os

# Our matrices are small; the threads numpy would start for them cost more time than they save.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
