# Every command of the workshop. It needs python3, pip and make; each environment is made on first use
# and again whenever pyproject.toml changes. Another Python: make PYTHON=python3.12 test

PYTHON ?= python3
DEMO_PY := .venv-demo/bin/python
DEV_PY := .venv/bin/python
PYTEST := $(DEV_PY) -m pytest -n auto

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check lint types floors everything docs fmt bench clean

help: ## Show these lines
	@echo "make …"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv-demo/stamp ## Review an example company: a page with charts, and its gist as text here
	@$(DEMO_PY) -m smarketing example demo
	@$(DEMO_PY) -m smarketing review --mapping demo/mapping.toml --agreement demo/agreement.toml \
		--as-of 2026-01-01 --out demo/review.html demo/export/*.csv

test: .venv/stamp ## Run the fast tests and the examples in the docstrings
	@$(PYTEST) -m "not slow"

check: lint types floors everything docs ## All that must hold before a change goes in

lint: .venv/stamp ## Style and formatting (ruff)
	@$(DEV_PY) -m ruff check .
	@$(DEV_PY) -m ruff format --check .

types: .venv/stamp ## Types (mypy --strict and pyright)
	@$(DEV_PY) -m mypy
	@$(DEV_PY) -m pyright --pythonpath $(DEV_PY)

floors: .venv/stamp ## Which room may import which (import-linter)
	@$(DEV_PY) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-cache

everything: .venv/stamp # all tests, slow ones too, with more examples per property, and their coverage
	@HYPOTHESIS_PROFILE=ci $(PYTEST) --cov --cov-report=term-missing:skip-covered

docs: .venv/stamp ## Build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(DEV_PY) -m mkdocs build --strict --quiet
	@echo "The documentation is in site/index.html"

fmt: .venv/stamp ## Format the code and mend what ruff can mend
	@$(DEV_PY) -m ruff check --fix .
	@$(DEV_PY) -m ruff format .

bench: .venv/stamp ## Measure, against code written by hand
	@for bench in bench/*.py; do echo "== $$bench"; $(DEV_PY) "$$bench" || exit 1; done

clean: ## Remove all that was made: environments, demo, site, caches
	rm -rf .venv .venv-demo demo site dist build .coverage .coverage.* .hypothesis .benchmarks \
		.pytest_cache .ruff_cache .mypy_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv-demo/stamp: pyproject.toml scripts/environment.py
	@echo "Making .venv-demo, once: it takes about half a minute."
	@$(PYTHON) scripts/environment.py .venv-demo polars,charts

.venv/stamp: pyproject.toml scripts/environment.py
	@echo "Making .venv with the tools of the workshop, once: it takes about a minute."
	@$(PYTHON) scripts/environment.py .venv dev
