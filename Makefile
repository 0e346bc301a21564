# Everything a newcomer needs: `make run` starts the product, `make test` tests it. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
ENGINES := .venv-engines
BIN := $(VENV)/bin
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --disable-pip-version-check --quiet
BUILT := src/arena/web/static/built/manifest.json
PACKAGES := node_modules/.package-lock.json
WEB := $(shell find web/src -type f 2>/dev/null) web/package.json web/vite.config.ts web/tsconfig.json
TESTS ?= tests
ARGS ?=
SEED ?= 1
SEEDS ?= 1
MONTHS ?= 12

.PHONY: help run test test-pages test-venues simulate check check-python check-web house reference words bench engines lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.base $(BUILT) ## Start the product; Ctrl-C stops it, the next start goes on from there (ARGS="--port 8001")
	@exec $(BIN)/arena up $(ARGS)

test: $(VENV)/.dev $(BUILT) ## Run the tests (TESTS=tests/kit for a part, ARGS="-k name")
	@exec $(BIN)/python -m pytest -n 2 --dist worksteal -m "not drawn and not venues and not slow" $(TESTS) $(ARGS)

test-pages: $(VENV)/.dev $(BUILT) ## Look at every page in a real browser, keep pictures in tests/pages/shots (needs Chromium)
	@exec $(BIN)/python -m pytest -n 2 --dist worksteal -m drawn tests/pages $(ARGS)

test-venues: $(VENV)/.dev $(BUILT) ## What takes longer: real exchange clients over sockets, chaos, long replays, crashes, stories
	@exec $(BIN)/python -m pytest -n 2 --dist worksteal -m "venues or slow" tests $(ARGS)

simulate: $(VENV)/.dev ## Live through months of money from one seed, with storms and crashes (SEED=1 SEEDS=1 MONTHS=12, ARGS="--people 120")
	@exec $(BIN)/python -m tests.simulation --seed $(SEED) --seeds $(SEEDS) --months $(MONTHS) $(ARGS)

check: check-python house check-web ## Format, lint, types, layers, house rules, front end

check-python: $(VENV)/.dev
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

house: $(VENV)/.dev ## Let the source be read by its own rules
	$(BIN)/python -m pytest tests/house

check-web: web/$(PACKAGES)
	$(npm) run check

reference: $(VENV)/.dev ## Write the reference pages and the OpenAPI document from the code
	@exec $(BIN)/python docs/reference/make.py

words: $(VENV)/.dev ## Collect the words of the pages for translators
	@mkdir -p src/arena/web/locale
	@exec $(BIN)/pybabel --quiet extract -F pyproject.toml -k N_ --omit-header --sort-output --no-location --no-wrap \
	  -o src/arena/web/locale/arena.pot src/arena/web

bench: $(VENV)/.dev ## Measure, on this machine
	@exec $(BIN)/python -m benchmarks $(ARGS)

engines: $(ENGINES)/.made ## Make an environment with the engines of others that benchmarks and tests compare with; for development only

lock: $(VENV)/.dev ## Pin the newest versions that requirements/*.in allow, with hashes, without addresses
	@for name in base dev node engines; do \
	  echo "requirements/$$name.txt"; \
	  $(BIN)/pip-compile --quiet --upgrade --strip-extras --allow-unsafe --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	    --output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done

clean: ## Remove what was built and installed; .arena, the product's data, stays
	rm -rf $(VENV) $(ENGINES) web/node_modules src/arena/web/static/built build dist .mypy_cache .ruff_cache .pytest_cache \
	  .hypothesis .import_linter_cache
	find src sdk tests migrations benchmarks -name __pycache__ -prune -exec rm -rf {} +

# The first Python of 3.11 or newer that can make an environment.
$(VENV)/bin/python:
	@set -e; for python in python3 python3.13 python3.12 python3.11 python; do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$python" --version)"; \
	    rm -rf $(VENV); exec "$$python" -m venv $(VENV); \
	  fi; \
	done; \
	echo "No Python 3.11 or newer with venv was found. Install one (Debian and Ubuntu: apt-get install python3-venv;" >&2; \
	echo "macOS: brew install python@3.12), then run this again." >&2; exit 1

$(VENV)/.base: requirements/base.txt pyproject.toml setup.py sdk/pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the product needs"
	@$(PIP) install --require-hashes -r requirements/base.txt
	@$(PIP) install --no-deps --no-build-isolation --editable . --editable sdk
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@echo "Installing what the tests need"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# Never part of the product, and not of the environment it runs in: see docs/decisions/0022.
$(ENGINES)/.made: requirements/engines.txt | $(VENV)/bin/python
	@echo "Installing vectorbt and backtesting.py into $(ENGINES)"
	@rm -rf $(ENGINES)
	@$(BIN)/python -m venv $(ENGINES)
	@PYTHONWARNINGS=ignore $(ENGINES)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/engines.txt
	@touch $@

# Node from this machine where it is new enough and has npm, else from a wheel, into the environment.
define node
PATH="$$PWD/$(BIN):$$PATH"; export PATH; \
new_enough='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; \
if ! { command -v npm && node -e "$$new_enough"; } >/dev/null 2>&1; then \
  echo "Installing Node into $(VENV): this machine has none of 20.19 or newer"; \
  $(PIP) install --require-hashes -r requirements/node.txt; \
fi
endef
npm = @set -e; $(node); exec npm --prefix web --no-fund --no-audit --loglevel=error --no-update-notifier

web/$(PACKAGES): web/package-lock.json | $(VENV)/bin/python
	@echo "Installing what the front-end build needs"
	$(npm) ci
	@touch $@

$(BUILT): $(WEB) web/$(PACKAGES)
	@echo "Building the front end"
	$(npm) run build --silent -- --logLevel warn
	@touch $@
