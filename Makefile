# What a newcomer runs: make demo, make test. What CI runs: make check.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# nothing leaves the machine unasked
export BENTOML_DO_NOT_TRACK := true
export MLFLOW_DISABLE_TELEMETRY := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export MPLBACKEND := Agg

.PHONY: help demo test check lint setup tools bench lock clean

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: $(VENV)/run.stamp ## public data in, an at-risk list and a served offer out (NO_SERVE=1: then stop; DATA=simulated: truth known)
	$(BIN)/regulars demo $(if $(DATA),--data $(DATA)) $(if $(NO_SERVE),--no-serve)

test: setup ## the tests, without the slow ones
	$(BIN)/python -m pytest -m "not slow"

check: setup lint ## everything: lint, types, import contracts, all tests, notebooks
	$(BIN)/python -m pytest

lint: setup ## ruff, mypy (strict), import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: $(VENV)/dev.stamp ## the Python environment with every group that tests, demo and benchmarks use

tools: ## the Debian packages that some tests need
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends libgomp1 procps openjdk-17-jre-headless

bench: setup ## the benchmarks, each ending in one JSON object
	$(BIN)/python -m benchmarks.churn_quality --dataset complete_journey
	$(BIN)/python -m benchmarks.loyalty_quality --dataset complete_journey
	$(BIN)/python -m benchmarks.marginals
	$(BIN)/python -m benchmarks.features --size 1m

lock: setup ## resolve the pinned dependencies anew
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate \
		--extra demo -o requirements/run.txt pyproject.toml
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --no-annotate \
		--extra demo --extra postgres --extra spark --extra tune --extra dev --constraint requirements/run.txt -o requirements/dev.txt pyproject.toml

clean: ## remove everything that the targets made
	rm -rf $(VENV) demo demo-simulated marginals.html *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version); try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --progress-bar on -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --progress-bar on -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@ $(VENV)/run.stamp
