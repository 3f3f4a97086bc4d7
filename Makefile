# make run   from nothing to a served page on http://127.0.0.1:8000
# make test  every check: lint, types, import contract, tests
# make bench speed and memory against peers, about half an hour
PYTHON ?= python3
# Elsewhere plain pip may choose a torch with gigabytes of CUDA; name the index of a CPU build then, for instance:
# make run PIP_FLAGS="--extra-index-url <index of CPU builds>"
PIP_FLAGS ?=
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench setup setup-dev clean

run: setup
	$(BIN)/briefwijzer serve

test: setup-dev
	scripts/check

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

clean:
	rm -rf $(VENV) index
