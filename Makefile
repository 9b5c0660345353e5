# Every command a developer or CI runs. Nothing outside .venv and var/ is touched.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=

.PHONY: setup setup-dev demo test check lint bench lock audit clean

setup: $(VENV)/.runtime
setup-dev: $(VENV)/.dev

$(VENV)/.runtime: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.txt
	touch $@

$(VENV)/.bench: $(VENV)/.dev requirements-bench.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	touch $@

# The whole product on this machine; ARGS=--once stops after the export.
demo: setup
	$(BIN)/python manage.py demo $(ARGS)

# Everything that needs no external service.
test: setup-dev
	$(BIN)/python -m pytest -m "not fault and not postgres" $(ARGS)

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	sh -c '. tests/production.env; $(BIN)/python manage.py check --deploy --fail-level WARNING --settings cms.settings.production'

# What CI runs: the lint, then every test, the Postgres ones where TEST_POSTGRES_URL answers.
check: lint
	$(BIN)/python -m pytest $(ARGS)

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks export --pages 2000 --peers wagtail-bakery $(ARGS)

# Locks carry hashes and no index address.
lock: setup-dev
	for name in requirements requirements-dev requirements-bench requirements-audit; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" $$name.in -o $$name.txt || exit 1; \
	done

audit: setup
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --require-hashes -r requirements-audit.txt
	$(VENV)/audit/bin/pip-audit --strict --require-hashes -r requirements.txt

clean:
	rm -rf $(VENV) var
