# Everything is done from here; `make` alone says what there is.

PYTHON ?= $(firstword $(foreach version,3.11 3.12 3.13 3.14,$(shell command -v python$(version) 2>/dev/null)) python3)
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := libs/common libs/measures libs/plots services/customer services/complaint services/survey services/scoring deploy/embedded
MANIFESTS := $(PACKAGES:=/pyproject.toml)
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet
COMPOSE ?= docker compose
SEED ?= 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Says what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A stamp for each kind of installation, so that a second call costs nothing and a changed lock is noticed

.PHONY: install
install: $(VENV)/dev.stamp ## Installs what development needs into .venv

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Heed needs Python 3.11 or later; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements/runtime.lock $(MANIFESTS) | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/runtime.lock
	$(PIP) install --no-deps --no-build-isolation $(PACKAGES:%=-e %)
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(MANIFESTS) | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/dev.lock
	$(PIP) install --no-deps --no-build-isolation $(PACKAGES:%=-e %)
	@touch $@ $(VENV)/runtime.stamp

$(VENV)/demo.stamp: requirements/demo.lock $(VENV)/runtime.stamp
	$(PIP) install --no-deps --require-hashes -r requirements/demo.lock
	@touch $@

.PHONY: run
run: $(VENV)/runtime.stamp ## Serves everything on http://127.0.0.1:8000, data in .heed/
	@exec $(BIN)/python -m heed up

.PHONY: demo
demo: $(VENV)/demo.stamp ## Tells a story on real data (CDNOW)
	@exec $(BIN)/python -m heed demo

.PHONY: backtest
backtest: $(VENV)/demo.stamp ## Holds forecasts against what came then (CDNOW)
	@exec $(BIN)/python -m heed backtest --cdnow

.PHONY: up
up: ## Starts the production shape with docker compose, on port 8080
	$(COMPOSE) up -d --wait --build

.PHONY: down
down: ## Stops it; the data stays
	$(COMPOSE) down

.PHONY: topics
topics: $(VENV)/runtime.stamp ## Makes the topics on the broker that HEED_BUS names
	$(BIN)/python -m heed topics apply

.PHONY: migrate
migrate: $(VENV)/runtime.stamp ## Brings the databases to the newest shape
	$(BIN)/python -m heed migrate

# What starts processes waits more than it works: two at a time, those that share a Kafka or a product on one worker.
BESIDE := -n 2 --dist loadscope
PYTEST := $(BIN)/python -m $(if $(COVERAGE),coverage run -m )pytest
TIMED = begun=$$(date +%s) && $(1) && echo "make $@: $$(($$(date +%s) - begun)) s"

.PHONY: test
test: $(VENV)/dev.stamp ## Tests the whole product, on a real Kafka too where Maven and Java are there
	@$(call TIMED,$(PYTEST) -n auto -m "not alone and not repeated" && $(PYTEST) $(BESIDE) -m "alone and not repeated")

.PHONY: test-all
test-all: test test-repeated ## Tests it, then tries again what repeats for certainty, in full

FULL := --hypothesis-profile=full

.PHONY: test-repeated
test-repeated: $(VENV)/dev.stamp ## Runs the part of test-all that test leaves out
	@$(call TIMED,$(PYTEST) $(FULL) -n auto -m "(repeated or scaled) and not alone" \
	&& $(PYTEST) $(FULL) $(BESIDE) -m "(repeated or scaled) and alone")

.PHONY: test-fast
test-fast: $(VENV)/dev.stamp ## Runs the tests of what needs no database, in less than a minute
	$(PYTEST) -n auto -m "not alone and not slow and not database and not repeated" --hypothesis-profile=fast

.PHONY: test-times
test-times: $(VENV)/dev.stamp ## Shows where the time of the tests goes: CPU by file, fixture, and test
	$(PYTEST) -p tests.times -n auto -m "not alone and not repeated"
	$(PYTEST) -p tests.times $(BESIDE) -m "alone and not repeated"

COVERED := .cache/coverage/data

.PHONY: coverage
coverage: $(VENV)/dev.stamp ## Runs test, measures which branches it takes, and holds that against the floor
	@rm -rf $(dir $(COVERED)) && mkdir -p $(dir $(COVERED))
	@$(MAKE) --no-print-directory test COVERAGE=1
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

.PHONY: faults
faults: $(VENV)/dev.stamp ## Injects 50 faults under load and says in one line what was damaged; SEED= chooses them
	$(BIN)/python -m tests.faults.harness --faults 50 --seed $(SEED)

.PHONY: faults-full
faults-full: $(VENV)/dev.stamp ## The same with 500 faults
	$(BIN)/python -m tests.faults.harness --faults 500 --seed $(SEED)

.PHONY: compose-test
compose-test: $(VENV)/dev.stamp ## Brings the production shape up, walks through it, restarts parts under it
	deploy/compose-test

.PHONY: bench
bench: $(VENV)/dev.stamp ## Measures what it does a second, beside what the machine can do
	$(BIN)/python -m benchmarks

.PHONY: check
check: $(VENV)/dev.stamp format-check lint types drift floor ## Checks form, lint, types, borders, what is generated, and the floor of coverage

.PHONY: format-check
format-check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check

.PHONY: lint
lint: $(VENV)/dev.stamp ## Looks for mistakes and crossed borders
	$(BIN)/ruff check
	$(BIN)/lint-imports

.PHONY: types
types: $(VENV)/dev.stamp ## Checks the types of all packages
	$(BIN)/mypy -p heed_common -p heed_measures -p heed_plots -p heed_customer -p heed_complaint -p heed_survey -p heed_scoring -p heed
	$(BIN)/mypy benchmarks requirements/lock.py

.PHONY: drift
drift: $(VENV)/dev.stamp
	$(BIN)/python -m heed openapi --check
	$(BIN)/python -m heed migrate --check

# Coverage takes a run of the tests: `make coverage` measures it, and the floor holds for as long as the code is the same.
.PHONY: floor
floor: $(VENV)/dev.stamp
	@if [ ! -f $(COVERED) ]; then echo "coverage: not measured here, make coverage does"; \
	elif [ -n "$$(find $(PACKAGES) -name '*.py' -newer $(COVERED))" ]; then echo "coverage: measured before the last change"; \
	else $(BIN)/python -m coverage report --format=total; fi

.PHONY: fix
fix: $(VENV)/dev.stamp ## Repairs form and what else repairs itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: openapi
openapi: $(VENV)/dev.stamp ## Writes the interface documents anew
	$(BIN)/python -m heed openapi

.PHONY: lock
lock: $(VENV)/dev.stamp ## Resolves the dependencies anew (needs uv)
	$(BIN)/python requirements/lock.py --upgrade
