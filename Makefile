# Needs make, bash and Python 3.11 or newer; everything else is fetched. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Programs are run as modules: the ones in .venv/bin hold the path at which the environment was made.
PY := .venv/bin/python
# A stamp is younger than the requirements that it stands for: nothing to do, and `make run` starts at once.
RUN_STAMP := .venv/.requirements
DEV_STAMP := .venv/.requirements-dev
MAKES_VENV := scripts/virtual_environment.sh scripts/apt_get.sh scripts/expenseflow.sh
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locales/*/LC_MESSAGES/*.po))
PACKAGES := $(wildcard bot handlers core jobs)
CODE := $(PACKAGES) $(wildcard scripts tests)
CHECKS := check-format check-lint check-types check-imports check-house check-catalogues check-settings check-locks \
	check-migrations

.PHONY: help
help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(RUN_STAMP) $(CATALOGUES) ## open the playground: a page on localhost with Telegram and Slack, both emulated
	@$(PY) -m bot playground $(ARGS)

.PHONY: install
install: $(RUN_STAMP) $(CATALOGUES) ## prepare .venv to serve a team: .venv/bin/expenseflow run (docs/run-for-a-team.md)

.PHONY: test
test: $(DEV_STAMP) $(CATALOGUES) ## run all tests; fewer: make test ARGS="tests/core -k money"
	@scripts/system_packages.sh test
	@$(PY) -m pytest -n 2 --dist worksteal $(ARGS)

.PHONY: faults
faults: $(DEV_STAMP) $(CATALOGUES) ## kill -9 the bot 20 times in 1,000 updates, on each transport and database; make test does less of it
	@scripts/system_packages.sh test
	@$(PY) -m pytest --full -q tests/faults/test_kills_on_telegram.py tests/faults/test_kills_on_slack.py $(ARGS)

.PHONY: check
check: $(DEV_STAMP) $(CATALOGUES) ## run every check but the tests: format, lint, types, imports, house rules, drift
	@$(MAKE) --keep-going $(CHECKS)

.PHONY: format
format: $(DEV_STAMP) ## format the code, and repair what the linter can repair
	@$(PY) -m ruff check --fix $(CODE)
	@$(PY) -m ruff format $(CODE)

.PHONY: lock
lock: $(DEV_STAMP) ## write uv.lock, the requirements and .env.example anew; newer versions: make lock ARGS=--upgrade
	@$(PY) -m scripts.lock_files $(ARGS)
	@$(PY) -m scripts.env_example

.PHONY: screenshots
screenshots: $(DEV_STAMP) $(CATALOGUES) ## take the README's pictures of the playground anew (docs/screenshots); needs Chromium
	@$(PY) -m scripts.screenshots $(ARGS)

.PHONY: bench
bench: $(DEV_STAMP) $(CATALOGUES) ## measure: processor time, latency, throughput, start, reports; some: make bench ARGS=--only=cpu
	@$(PY) -m scripts.bench $(ARGS)

.PHONY: venv
venv: $(DEV_STAMP)

$(RUN_STAMP): requirements.txt scripts/system_packages.sh $(MAKES_VENV)
	@scripts/system_packages.sh run
	@echo "Preparing the virtual environment; this takes a minute or two, once." >&2
	@scripts/virtual_environment.sh $<
	@touch $@

$(DEV_STAMP): requirements-dev.txt scripts/system_packages.sh $(MAKES_VENV)
	@echo "Preparing the virtual environment for development; this takes a minute or two, once." >&2
	@scripts/virtual_environment.sh $<
	@touch $(RUN_STAMP) $@

%.mo: %.po scripts/compile_catalogues.py | $(RUN_STAMP)
	@$(PY) -m scripts.compile_catalogues $< $@

.PHONY: $(CHECKS)
check-format:
	@$(PY) -m ruff format --check $(CODE)
check-lint:
	@$(PY) -m ruff check $(CODE)
check-types:
	@$(PY) -m mypy $(CODE)
check-imports:
	@$(PY) .venv/bin/lint-imports --no-logo
check-house:
	@$(PY) -m scripts.house_rules
check-catalogues:
	@$(PY) -m scripts.check_catalogues
check-settings:
	@$(PY) -m scripts.env_example --check
check-locks:
	@$(PY) -m scripts.lock_files --check
check-migrations:
	@$(PY) -m bot migrate --check
