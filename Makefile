# Two commands matter: "make demo" shows the main job, "make test" proves it. Both set up what they need.
PYTHON ?= $(shell tools/find-python)
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
SOURCES := zhongbao_core freeze exposure_scan content_audit policies zhongbao

.DEFAULT_GOAL := help
.PHONY: help demo test check soak bench bundle lock fmt clean system

help:
	@echo "make demo    set up, then run the main job on the bundled example workspace"
	@echo "make test    set up, then pass all tests (under ten minutes on two cores)"
	@echo "make check   ruff, ruff format, mypy --strict, import contracts"
	@echo "make soak    kills, tampering and fuzz at full numbers (about an hour)"
	@echo "make bench   the speed tables, each with its reference in the same run"
	@echo "make bundle  one file that installs zhongbao where there is no network"
	@echo "make lock    renew the hash-pinned locks in requirements/"

system:
	@tools/system-packages

$(VENV)/.ready: requirements/dev.txt setup.cfg pyproject.toml | system
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check --quiet --disable-pip-version-check
	@touch $@

demo: $(VENV)/.ready
	@PATH="$(CURDIR)/$(BIN):$$PATH" tools/demo

test: $(VENV)/.ready
	$(PYTEST) -n 2 --dist loadgroup -q --durations=15

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: $(VENV)/.ready
	ZHONGBAO_SOAK=1 $(PYTEST) -n 2 --dist loadgroup -q --durations=25

bench: $(VENV)/.ready
	@for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

bundle: $(VENV)/.ready
	$(BIN)/python tools/bundle.py --out dist

lock:
	$(BIN)/python tools/lock.py

fmt:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf build dist demo demo-outside *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
