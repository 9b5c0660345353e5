# Every command a developer or CI runs. Nothing outside .venv and var/ is touched.
PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=
# A process for each core. Each keeps whole files, in the order in which they were collected.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadgroup --no-loadscope-reorder

.PHONY: help setup setup-dev demo test check lint messages bench lock audit clean

help: ## lists these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.runtime ## makes .venv from the locked requirements
setup-dev: $(VENV)/.dev ## the same, with what the tests need

$(VENV)/.runtime: requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) --version >/dev/null 2>&1 || \
	  { echo "There is no '$(PYTHON)'. Install Python 3.11, or name a newer one: make setup PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing the locked requirements into $(VENV). The first time takes a minute or so."
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

demo: setup ## runs the whole product on this machine; ARGS=--once stops after the export
	$(BIN)/python manage.py demo $(ARGS)

test: setup-dev ## runs every test that needs no service
	$(PYTEST) -m "not fault and not postgres" $(ARGS)

lint: setup-dev ## checks format, lint, types, import contracts, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	sh -c '. tests/production.env; $(BIN)/python manage.py check --deploy --fail-level WARNING --settings cms.settings.production'

check: lint ## does what CI does: lint, then every test; Postgres ones where TEST_POSTGRES_URL is set
	$(PYTEST) $(ARGS)

bench: $(VENV)/.bench ## sets exporter and edge beside their peers, then kills all that carries a comment
	$(BIN)/python -m benchmarks export --pages 2000 --peers hugo,wagtail-bakery,django-distill $(ARGS)
	$(BIN)/python -m benchmarks comments
	$(BIN)/python -m benchmarks comments --faults

# The order is that of the files, and no line numbers: only other words make another file.
messages: setup-dev ## collects what the theme says into theme.pot, for translators
	cd frontend_export && ../$(BIN)/pybabel --quiet extract --mapping-file ../pyproject.toml \
	  --keywords message --keywords Sentence --keywords counted:1,2 --add-comments Translators: \
	  --add-location file --sort-by-file --width 100 --project Plainleaf --version 1 \
	  --copyright-holder Plainleaf --output-file theme/locale/theme.pot .

# Locks carry hashes and no index address.
lock: setup-dev ## locks the requirements again
	for name in requirements requirements-dev requirements-bench requirements-audit; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" $$name.in -o $$name.txt || exit 1; \
	done

audit: setup ## asks for known weaknesses of what is locked
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --require-hashes -r requirements-audit.txt
	$(VENV)/audit/bin/pip-audit --strict --require-hashes -r requirements.txt

clean: ## removes .venv and var/
	rm -rf $(VENV) var
