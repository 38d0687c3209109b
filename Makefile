# Everything a developer or a first-time reader needs; each target sets up what it uses in .venv.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo check test quick browser prove bench docs lock hooks clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: ## what the program needs, into .venv
	@$(PYTHON) tools/setup_env.py runtime

setup-test: ## what its tests need, into .venv
	@$(PYTHON) tools/setup_env.py test

demo: setup ## a simulated city, loaded, computed and served; ends with Ctrl+C
	@$(BIN)/powercx demo $(ARGS)

check: setup-test ## formatting, lint, types, import walls, generated docs
	@$(BIN)/python -m tools.check

test: setup-test ## check, then the tests on SQLite, PostgreSQL and Spark, and in a browser
	@$(BIN)/python -m tools.check
	@$(BIN)/python -m tools.run_tests sqlite postgresql spark browser

quick: setup-test ## only the tests on SQLite (ARGS="-k word" narrows)
	@$(BIN)/python -m tools.run_tests sqlite -- $(ARGS)

browser: setup-test ## only the tests in a real browser (ARGS="-k word" narrows)
	@$(BIN)/python -m tools.run_tests browser -- $(ARGS)

prove: setup-test ## the proofs that are too long for every day
	@$(BIN)/python -m tools.run_tests prove

bench: setup-test ## the benchmarks; writes benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks $(ARGS)

docs: setup-test ## write docs/catalogue again from the schema and the catalogue
	@$(BIN)/python -m tools.docs

lock: ## resolve pyproject.toml into requirements*.lock again
	@$(PYTHON) tools/lock.py

hooks: setup-test ## run the quick checks at every commit
	@$(BIN)/pre-commit install

clean: ## remove .venv and everything that was made
	rm -rf .venv build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests tools benchmarks -name __pycache__ -prune -exec rm -rf {} +
