# All tasks of development; `make` alone lists them.

PYTHON ?= $(firstword $(foreach version,3.11 3.12 3.13 3.14,$(shell command -v python$(version) 2>/dev/null)) python3)
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := libs/common libs/measures libs/plots libs/client services/customer services/complaint services/survey services/scoring deploy/embedded
MANIFESTS := $(PACKAGES:=/pyproject.toml)
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet
COMPOSE ?= docker compose
SEED ?= 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One stamp for each kind of installation: a second call costs nothing, and a changed lock file is noticed.

.PHONY: install
install: $(VENV)/dev.stamp ## Install everything for development into .venv

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
run: $(VENV)/runtime.stamp ## Run everything on http://127.0.0.1:8000, data in .heed/
	@exec $(BIN)/python -m heed up

.PHONY: demo
demo: $(VENV)/demo.stamp ## Play a scenario on real data (CDNOW)
	@exec $(BIN)/python -m heed demo

.PHONY: backtest
backtest: $(VENV)/demo.stamp ## Measure forecasts against later purchases (CDNOW)
	@exec $(BIN)/python -m heed backtest --cdnow

.PHONY: up
up: ## Start the production shape with docker compose, on port 8080
	HEED_REVISION=$$(git rev-parse HEAD || echo unknown) $(COMPOSE) up -d --wait --build

.PHONY: down
down: ## Stop it; data are preserved
	$(COMPOSE) down

.PHONY: topics
topics: $(VENV)/runtime.stamp ## Create the topics on the broker in HEED_BUS
	$(BIN)/python -m heed topics apply

.PHONY: migrate
migrate: $(VENV)/runtime.stamp ## Migrate the databases to the newest schema
	$(BIN)/python -m heed migrate

# Tests that start processes mostly wait: two at a time, those that share a Kafka or a product on one worker.
BESIDE := -n 2 --dist loadscope
PYTEST := $(BIN)/python -m $(if $(COVERAGE),coverage run -m )pytest
TIMED = begun=$$(date +%s) && $(1) && echo "make $@: $$(($$(date +%s) - begun)) s"

.PHONY: test
test: $(VENV)/dev.stamp ## Test the whole product, with a real Kafka where Maven and Java are installed
	@$(call TIMED,$(PYTEST) -n auto -m "not alone and not repeated" && $(PYTEST) $(BESIDE) -m "alone and not repeated")

.PHONY: test-all
test-all: test test-repeated ## Run test, then all repeated tests in full

FULL := --hypothesis-profile=full
REPEATED := repeated or scaled

.PHONY: test-repeated
test-repeated: $(VENV)/dev.stamp ## Run the part of test-all that test leaves out
	@$(call TIMED,$(PYTEST) $(FULL) -n auto -m "($(REPEATED)) and not alone" \
	&& $(PYTEST) $(FULL) $(BESIDE) -m "($(REPEATED)) and alone")

.PHONY: test-fast
test-fast: $(VENV)/dev.stamp ## Run the tests that need no database, in less than a minute
	$(PYTEST) -n auto -m "not alone and not slow and not database and not repeated" --hypothesis-profile=fast

.PHONY: test-times
test-times: $(VENV)/dev.stamp ## Show processor time by test file, fixture and test
	$(PYTEST) -p tests.times -n auto -m "not alone and not repeated"
	$(PYTEST) -p tests.times $(BESIDE) -m "alone and not repeated"

COVERED := .cache/coverage/data

.PHONY: coverage
coverage: $(VENV)/dev.stamp ## Run test with branch coverage and compare with the minimum
	@rm -rf $(dir $(COVERED)) && mkdir -p $(dir $(COVERED))
	@$(MAKE) --no-print-directory test COVERAGE=1
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

.PHONY: faults
faults: $(VENV)/dev.stamp ## Inject 50 faults under load and print a summary line; SEED= selects them
	$(BIN)/python -m tests.faults.harness --faults 50 --seed $(SEED)

.PHONY: faults-full
faults-full: $(VENV)/dev.stamp ## Inject 500 faults
	$(BIN)/python -m tests.faults.harness --faults 500 --seed $(SEED)

.PHONY: compose-test
compose-test: $(VENV)/dev.stamp ## Start the production shape, run the end-to-end tests, restart parts under them
	deploy/compose-test

# BENCH=writes measures one of them. Ratios to raw references of the same run are stored and compared, not figures.
.PHONY: bench
bench: $(VENV)/dev.stamp ## Run the benchmarks beside raw references; BENCH= selects some by name
	$(BIN)/python -m benchmarks $(BENCH)

.PHONY: bench-check
bench-check: $(VENV)/dev.stamp ## Run the benchmarks, fail where a ratio lost more than a fifth of the stored one
	$(BIN)/python -m benchmarks --check $(BENCH)

.PHONY: check
check: $(VENV)/dev.stamp format-check lint types drift openapi-lint docs monitoring kubernetes audit floor ## Check format, lint, types, imports, generated files, dependencies, coverage

.PHONY: format-check
format-check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check

.PHONY: lint
lint: $(VENV)/dev.stamp ## Lint, and check the allowed imports and names
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/python -m tests.repository.vocabulary
	$(BIN)/python -m tests.package_circles heed_customer heed_complaint heed_survey heed_scoring

.PHONY: types
types: $(VENV)/dev.stamp ## Check the types of all packages
	$(BIN)/mypy -p heed_common -p heed_measures -p heed_plots -p heed_client -p heed_customer -p heed_complaint -p heed_survey -p heed_scoring -p heed
	$(BIN)/mypy benchmarks requirements/lock.py requirements/audit.py

.PHONY: audit
audit: $(VENV)/dev.stamp ## Check licences and known vulnerabilities of the dependencies
	$(BIN)/python requirements/audit.py

.PHONY: drift
drift: $(VENV)/dev.stamp
	$(BIN)/python -m heed openapi --check
	$(BIN)/python -m heed migrate --check

# Programs for node, as locked, without their scripts.
NODE := .cache/node

$(NODE)/stamp: requirements/node/package.json requirements/node/package-lock.json
	@mkdir -p $(NODE) && cp $^ $(NODE)
	@npm ci --ignore-scripts --no-audit --no-fund --silent --prefix $(NODE)
	@touch $@

.PHONY: openapi-lint
openapi-lint: ## Lint the OpenAPI and AsyncAPI documents, where npm is installed
	@if command -v npm > /dev/null; then \
	$(MAKE) --no-print-directory $(NODE)/stamp && requirements/lint-openapi && requirements/lint-asyncapi; \
	else echo "interface documents: not linted, npm is not installed"; fi

SITE := .cache/site

# The search of pages that are opened from a folder, without a server, needs a script from npm.
.PHONY: monitoring
monitoring: ## Check alert rules with promtool, where it is installed
	@if command -v promtool > /dev/null; then cd deploy/monitoring && promtool check config prometheus.yml > /dev/null \
	&& promtool test rules alerts-test.yml > /dev/null && echo "alerts: promtool finds nothing"; \
	else echo "alerts: not checked, promtool is not installed (Debian: prometheus)"; fi

.PHONY: kubernetes
kubernetes: $(VENV)/dev.stamp ## Render deploy/k8s and validate it against the schemas of Kubernetes
	@$(BIN)/python -m tests.contracts.kubernetes_files

.PHONY: docs
docs: $(VENV)/dev.stamp $(if $(shell command -v npm),$(NODE)/stamp) ## Build the documentation site into .cache/site/html
	@$(BIN)/python -m heed.interface_docs.site $(SITE)/pages $(wildcard $(NODE)/node_modules/iframe-worker/shim/index.js)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --config-file docs/site/mkdocs.yml

# `make coverage` measures it; the minimum is checked for as long as the code is unchanged.
.PHONY: floor
floor: $(VENV)/dev.stamp
	@if [ ! -f $(COVERED) ]; then echo "coverage: not measured here, make coverage does"; \
	elif [ -n "$$(find $(PACKAGES) -name '*.py' -newer $(COVERED))" ]; then echo "coverage: measured before the last change"; \
	else $(BIN)/python -m coverage report --format=total; fi

.PHONY: fix
fix: $(VENV)/dev.stamp ## Fix formatting and what ruff can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: openapi
openapi: $(VENV)/dev.stamp ## Generate the interface documents
	$(BIN)/python -m heed openapi

.PHONY: version
version: ## Give packages and images another version: VERSION=0.2.0
	@test -n "$(VERSION)" || { echo "make version VERSION=0.2.0" >&2; exit 1; }
	sed -i -E 's/^version = ".*"/version = "$(VERSION)"/' $(MANIFESTS)
	sed -i -E 's/HEED_VERSION:-[^}]+/HEED_VERSION:-$(VERSION)/' docker-compose.yml deploy/compose-test.yml
	sed -i -E 's/newTag: "[^"]+"/newTag: "$(VERSION)"/' deploy/k8s/base/kustomization.yaml deploy/k8s/overlays/*/kustomization.yaml
	@$(MAKE) --no-print-directory openapi

.PHONY: lock
lock: $(VENV)/dev.stamp ## Resolve the dependencies again (needs uv)
	$(BIN)/python requirements/lock.py --upgrade
