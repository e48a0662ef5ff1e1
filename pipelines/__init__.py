"""Meshwork's pipeline: exports in, published tables out."""

import os

# The matrices are small: the threads that numpy would start for them spend more time on waiting for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
