# make run   from nothing to a served page on http://127.0.0.1:8000
# make test  every check: lint, types, import contract, tests
# make faults  the long form of tests/faults: kills, damage, a full disk; writes its figures into tests/faults/README.md
# make fuzz  the long form of the checks against the OpenAPI document
# make screenshots  the pictures of docs/images, made anew (needs Chromium)
# make bench speed and memory against peers, about half an hour
PYTHON ?= python3
# make bench-reading   how fast and in how much memory large and hostile files are read
# Elsewhere plain pip may choose a torch with gigabytes of CUDA; name the index of a CPU build then, for instance:
# make run PIP_FLAGS="--extra-index-url <index of CPU builds>"
PIP_FLAGS ?=
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench faults fuzz screenshots setup setup-dev clean bench-reading

run: setup
	$(BIN)/briefwijzer serve

test: setup-dev
	scripts/check

faults: setup-dev
	$(BIN)/python -m tests.faults $(FAULTS)

# Twenty thousand requests, good and bad, against the OpenAPI document; about half an hour on two cores.
fuzz: setup-dev
	$(BIN)/python -m tests.fuzzing --cases 20000

screenshots: setup-dev
	BRIEFWIJZER_SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser/test_screenshots.py

bench: setup-dev
	$(BIN)/python -m tests.benchmarks

setup: $(VENV)/.installed

setup-dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_FLAGS) -r requirements-dev.txt
	touch $@

bench-reading: setup-dev
	$(BIN)/python -m tests.benchmarks.reading

clean:
	rm -rf $(VENV) index
