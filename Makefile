# make demo: set up, make samples, profile, estimate, report.   make test: set up and test.
# make truth: hold the estimators to known answers (about half an hour; docs/truth.md). With
# CORPUSCOST_SHARED=folder of real text, end to end as well. TRUTH="--only census --draws 50": a part.
# make bench: speed beside the peers, each installed under build/bench (docs/speed.md), into
# build/bench.md and build/bench.json. BENCH="--only rules": a part.
# make docs: pictures of the report page of the samples into docs/*.png (needs Chromium).
PYTHON ?= python3
VENV ?= .venv
DEMO ?= demo
BIN := $(VENV)/bin

.PHONY: demo test lint types bench truth docs clean

demo: $(VENV)/.installed
	@rm -rf $(DEMO)/run
	$(BIN)/corpuscost samples $(DEMO)/samples
	$(BIN)/corpuscost profile $(DEMO)/samples/shards --out $(DEMO)/run
	$(BIN)/corpuscost estimate $(DEMO)/run --scale 1PB
	$(BIN)/corpuscost report $(DEMO)/run --scale 1PB --html $(DEMO)/report.html
	@echo "open $(DEMO)/report.html in a browser; then try your own shards (see docs/shards.md)"

# Two halves at a time, of about equal work; each with one thread for linear algebra.
HALF := tests/profiler/scaling tests/profiler/views tests/profiler/census tests/profiler/cli \
	tests/samples tests/test_docs.py
test: export OMP_NUM_THREADS = 1
test: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest $(HALF) & half=$$!; \
	$(BIN)/python -m pytest $(HALF:%=--ignore=%) tests; other=$$?; \
	wait $$half && exit $$other

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	$(BIN)/python tests/bench/speed.py --out build $(BENCH)
	$(BIN)/python -m pytest tests/bench -m bench -s

truth: $(VENV)/.installed
	$(BIN)/python -m profiler.scaling.truth --out docs $(TRUTH)

docs: $(VENV)/.installed
	@rm -rf $(DEMO)/run
	$(BIN)/corpuscost samples $(DEMO)/samples
	$(BIN)/corpuscost profile $(DEMO)/samples/shards --out $(DEMO)/run
	$(BIN)/corpuscost report $(DEMO)/run --scale 1PB --html $(DEMO)/report.html
	$(BIN)/python tests/strategies/report_pictures.py $(DEMO)/report.html docs

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .pytest_cache .ruff_cache *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "corpuscost needs Python 3.11 or newer: make PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,tokenizer,pdf]'
	@touch $@ $(VENV)/.installed
