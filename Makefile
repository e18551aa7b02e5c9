# Each target runs in .venv, which tools/bootstrap.py makes from a hashed lock when it is missing or out of date.
#   make demo      solve the flagship scenario, write figures and a report          make test     lint, types, tests with branch coverage
#   make slow      the slow tests          make bench   speed beside the peers      make format   the house format      make setup   .venv alone
# PYTHON=... chooses the interpreter. Without it: the one that .venv has, else the first of these that is CPython 3.11 to 3.14.
PYTHONS = .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11 python

SHELL = /bin/sh
MAKEFLAGS += --no-print-directory
unexport PYTHONHOME PYTHONPATH PYTHONSTARTUP PYTHONINSPECT PYTHONOPTIMIZE PYTHONPLATLIBDIR PYTHONEXECUTABLE __PYVENV_LAUNCHER__

# $(in_venv) LEVEL COMMAND: run a command in an environment of that level (run, test, benchmark).
suits = 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
in_venv = @p="$${PYTHON-}"; exact=--exact; \
  if [ -z "$$p" ]; then exact=; \
    for c in $(PYTHONS); do if "$$c" -E -s -S -c $(suits) >/dev/null 2>&1; then p=$$c; break; fi; done; \
    for c in python3 python; do [ -n "$$p" ] || if command -v $$c >/dev/null 2>&1; then p=$$c; fi; done; \
  fi; \
  if ! command -v "$${p:-python3}" >/dev/null 2>&1; then \
    echo "negotiation_sim needs CPython 3.11 to 3.14; no $${p:-python3} was found. Install one, or name one: make PYTHON=/path/to/python" >&2; \
    exit 1; \
  fi; \
  "$$p" -E -s tools/bootstrap.py $$exact

.PHONY: demo test lint typecheck slow bench format setup lock clean
demo:
	$(in_venv) run negotiation-sim demo

test: lint typecheck
	$(in_venv) test coverage run -m pytest
	$(in_venv) test coverage report

lint:
	$(in_venv) test ruff check --quiet
	$(in_venv) test ruff format --quiet --check

typecheck:
	$(in_venv) test mypy --no-error-summary

# pytest's exit 5 says that there is no slow test (yet).
slow:
	$(in_venv) test pytest -m slow --budget 1800 || [ $$? -eq 5 ]

bench:
	$(in_venv) benchmark python -m benchmarks

format:
	$(in_venv) test ruff check --quiet --fix
	$(in_venv) test ruff format --quiet

setup:
	$(in_venv) test

# See requirements/README.md. UPGRADE=--upgrade moves every pin.
UPGRADE =
compile = uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --no-build --no-header --no-annotate \
  --generate-hashes --emit-build-options $(UPGRADE) --group build
lock:
	$(compile) --group test pyproject.toml --output-file requirements/test.txt
	$(compile) --constraint requirements/test.txt pyproject.toml --output-file requirements/run.txt
	$(compile) --constraint requirements/test.txt --group test --group benchmark pyproject.toml --output-file requirements/benchmark.txt

clean:
	rm -rf out build dist htmlcov .coverage .coverage.* .hypothesis .pytest_cache .mypy_cache .ruff_cache
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
