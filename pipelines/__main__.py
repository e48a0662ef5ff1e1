"""`python -m pipelines` is `meshwork`."""

from pipelines.cli import main

main()
