# Meshwork: `make help` lists what can be done here.
PYTHON  ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV    := .venv
BIN     := $(VENV)/bin
HOME_DIR ?= var
PORT    ?=
MONTH   ?= 2026-10
SIZES   ?=
RUNNING := $(VENV)/.ready-to-run
TESTING := $(VENV)/.ready-to-test
SPARK   := $(VENV)/.ready-for-spark
PIP     := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Hashes for every system and Python, no header, no addresses: the locks say what is installed, not where from.
RESOLVE := --quiet --no-config --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help run test test-thorough test-quick spark lint bench lock docs pictures wheel sample report clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

$(RUNNING): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Meshwork needs Python 3.11 or newer; none was found on the path."; exit 1; }
	@echo "Setting up $(VENV) from requirements.lock (once) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(TESTING): $(RUNNING) requirements-dev.lock
	@echo "Adding what the tests need from requirements-dev.lock (once) ..."
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $@

$(SPARK): $(TESTING) requirements-spark.lock
	@echo "Adding Apache Spark from requirements-spark.lock (once; 450 MB) ..."
	@$(PIP) --require-hashes --requirement requirements-spark.lock
	@touch $@

run: $(RUNNING) ## take in the sample exports and journal, publish, serve the dashboard on 127.0.0.1
	@$(BIN)/meshwork outreach import --file data/sample/journal/outreach.csv --home $(HOME_DIR)
	@$(BIN)/meshwork run --exports data/sample --home $(HOME_DIR) || test $$? -eq 1
	@$(BIN)/meshwork dashboard --home $(HOME_DIR) $(if $(PORT),--port $(PORT))

test: $(TESTING) ## run the tests, six minutes on two cores
	@$(BIN)/python -m pytest -m "not browser and not spark and not thorough"

test-thorough: $(TESTING) ## run the other tests: in a browser, on Spark, of the wheel, killed at any moment
	@$(BIN)/python -m pytest -m "browser or thorough and not spark"
	@$(BIN)/python -m pytest -m "spark"

test-quick: $(TESTING) ## the tests that take a moment: no browser, no server, no whole intake, no attack
	@$(BIN)/python -m pytest -q -m "not browser and not postgres and not slow and not thorough"

spark: $(SPARK) ## add Apache Spark, so that `make test-thorough` runs the models on it too (needs Java)

lint: $(TESTING) ## ruff (style, format) and mypy (types)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(TESTING) ## measure speed (SIZES="180 10000": of clinics with so many clients), and how good the flags are
	@$(BIN)/python -m benchmarks $(SIZES)
	@$(BIN)/python -m benchmarks.flags

lock: ## resolve the locks again (needs uv): the newest releases that pyproject.toml allows
	@uv pip compile $(RESOLVE) --group checkout pyproject.toml --output-file requirements.lock
	@uv pip compile $(RESOLVE) --group dev --extra postgres --constraint requirements.lock \
	  pyproject.toml --output-file requirements-dev.lock
	@uv pip compile $(RESOLVE) --group checkout --extra spark --constraint requirements-dev.lock \
	  pyproject.toml --output-file requirements-spark.lock
	@! grep -nE '://|file:' requirements.lock requirements-dev.lock requirements-spark.lock

docs: $(TESTING) ## write the generated pages of the documentation again
	@$(BIN)/python -m docs

pictures: $(TESTING) ## take the pictures of the documentation again (needs Chromium), and write its sample report
	@$(BIN)/python docs/pictures.py

wheel: $(RUNNING) ## build the wheel, for machines without this checkout, into dist
	@$(BIN)/python -m hatchling build --target wheel --directory dist

sample: $(RUNNING) ## write the sample exports again, byte for byte the same
	@$(BIN)/meshwork sample --out data/sample --journal

report: $(RUNNING) ## the monthly report of MONTH (YYYY-MM), from the published snapshot, into reports
	@$(BIN)/meshwork report --month $(MONTH) --home $(HOME_DIR) --out reports

# A home is never removed: its journal, which nothing can make again, is the work of therapists.
clean: ## remove the environment and caches; homes stay
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
