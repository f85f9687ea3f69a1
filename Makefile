# The commands of CONTRIBUTING.md. `make VENV=PATH TARGET` uses another environment than .venv.
VENV ?= .venv
export VENV

# Tests that need no server and no browser.
QUICK_TESTS = tests/compiler tests/diagnostics tests/domain tests/loader tests/prover tests/schema tests/table tests/yaml_text \
	tests/cli/test_golden.py tests/test_contributing.py tests/test_distribution.py tests/test_engine.py tests/test_readme.py policies

.PHONY: help quick check lint docs bench

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

quick: lint ## lint, check types and layers, run the fast tests: about a minute
	$(VENV)/bin/python -m pytest -q -m "not slow" $(QUICK_TESTS)

check: ## everything that a change must pass, in a fresh environment; installs nothing outside of it
	.ci/run --no-install

lint: ## only the linter, the formatter, the types and the layers
	.ci/lint

docs: ## build the site into build/docs, with warnings as errors
	$(VENV)/bin/python -m sphinx -q -W --keep-going -b html docs build/docs

bench: ## measure the program: the first table of docs/performance.md
	$(VENV)/bin/python -m benchmarks
