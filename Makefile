# One verb a line; `make help` lists them. Nothing but Python 3.11 or 3.12, make and git is needed.
PYTHON ?= python3
WORLD ?= complete_journey
PORT ?= 8080
CUSTOMERS ?= 2000
DAYS ?= 365
SEED ?= 1
VENV ?= .venv
BIN := $(VENV)/bin
export REGULARS_WORLD := $(WORLD)
export UV_PYTHON_DOWNLOADS := never
export GX_ANALYTICS_ENABLED := false
.DEFAULT_GOAL := help
.PHONY: help install run demo-shop test airflow sql status lint lock lock-check clean distclean env deploy-check airflow-check faults nights bench bench-identity bench-imports bench-models proof

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

install: $(VENV)/.installed ## Install what the lock names into .venv

$(VENV)/.installed: requirements.lock pyproject.toml scripts/install.sh
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/install.sh

run: install ## Lay out the published extracts, run the night, publish, and say what was found
	@$(BIN)/regulars demo extract
	@$(BIN)/regulars run

demo-shop: export REGULARS_WORLD := shop
demo-shop: install ## Simulate a shop (CUSTOMERS=, DAYS=, SEED=) in a home of its own, run its last night, publish
	@$(BIN)/regulars demo simulate --customers $(CUSTOMERS) --days $(DAYS) --seed $(SEED)
	@$(BIN)/regulars run

airflow: install ## Start the Airflow UI on loopback
	@$(BIN)/regulars airflow --port $(PORT)

sql: install ## Query the published marts
	@$(BIN)/regulars sql

status: install ## What readers see, and how old it is
	@$(BIN)/regulars status

test: $(VENV)/.installed-dev ## Run every test
	@VENV="$(VENV)" sh scripts/test.sh

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock requirements-duckdb-1.4.lock
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/install.sh dev

lint: $(VENV)/.installed-dev ## Check style, types, SQL and the walls between rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/check-jsonschema -q --builtin-schema vendor.github-workflows .github/workflows/ci.yml
	@$(BIN)/check-jsonschema -q --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/sqlfluff lint --disable-progress-bar -q dbt_project/models

env: ## Write the secrets docker-compose.yml asks for into .env
	@sh scripts/env.sh

deploy-check: $(VENV)/.installed-dev ## Run the deployment on a real Postgres, kill it in the middle, and compare
	@VENV="$(VENV)" sh scripts/deploy_check.sh

faults: $(VENV)/.installed-dev ## Break it on purpose, everywhere, and print the score
	@VENV="$(VENV)" sh scripts/faults.sh

airflow-check: $(VENV)/.installed-dev ## A week of nights, a backfill, a kill of everything and approvals in a real Airflow
	@VENV="$(VENV)" TIER=week PYTEST_ARGS="-n 0 tests/dags" sh scripts/test.sh

nights: $(VENV)/.installed-dev ## Thirty nights on end, killed and late, against rebuild and backfill
	@$(BIN)/python -m tests.nights

bench: $(VENV)/.installed-dev ## What a night costs on a simulated shop, beside rivals and goals
	@$(BIN)/python -W ignore -m bench

bench-identity: $(VENV)/.installed-dev ## How well and how fast records become persons, on published and made-up people
	@VENV="$(VENV)" sh scripts/bench_identity.sh

bench-imports: $(VENV)/.installed-dev ## From export files of a simulated shop to a publication: seconds, and figures beside the truth
	@$(BIN)/python -W ignore -m bench.imports ${BENCH_ARGS}

bench-models: $(VENV)/.installed-dev ## Every model on later periods, beside rivals, ceilings and goals, as one table
	@$(BIN)/python -W ignore -m bench.models

proof: run ## Print the holdout figures of churn and lifetime value
	@$(BIN)/python -m regulars.proof

lock: $(VENV)/.installed ## Refresh the locks from pyproject.toml
	@VENV="$(VENV)" sh scripts/lock.sh

lock-check: $(VENV)/.installed ## Fail when a lock is stale
	@VENV="$(VENV)" sh scripts/lock.sh check

clean: ## Remove var/, after asking
	@printf 'Remove var/ with every landed file, model and publication? [y/N] '; read answer; [ "$$answer" = y ] && rm -rf var && echo removed || echo kept

distclean: clean ## Remove var/ and the environments
	@rm -rf .venv .venv-* .mypy_cache .ruff_cache .hypothesis
