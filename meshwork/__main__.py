"""`meshwork`, and `python -m meshwork`."""

from pipelines.cli import main

if __name__ == "__main__":
    main(prog_name="meshwork")
