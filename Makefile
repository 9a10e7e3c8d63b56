# Everything runs in a virtual environment of its own, made on first use. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: site test serve check measures lighthouse bench clean

site: $(STAMP)            ## check the taxonomy and build the site into site/
	$(BIN)/genai-atlas build

test: $(STAMP)            ## run the tests; those that drive a browser skip, and say so, where there is no Chromium
	$(BIN)/python -m pytest

serve: $(STAMP)           ## show the site on this machine, and every edit as it is saved
	$(BIN)/genai-atlas serve

check: $(STAMP)           ## lint, types, layers, and the layout of the authored files
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py
	$(BIN)/genai-atlas fmt --check

measures: $(STAMP)        ## print what a visit costs and how fast the site answers, from the browser tests that hold it
	$(BIN)/python -m pytest -q -rP tests/browser/test_measures.py

lighthouse: site          ## audit the home page and a topic with Lighthouse (npm, about 200 MB; not part of the tests)
	npm ci --prefix benchmarks/lighthouse --no-audit --no-fund --silent
	CHROME_PATH=$${CHROME_PATH:-$$(command -v chromium || command -v google-chrome)} node benchmarks/lighthouse/run.mjs site /genai-atlas/ \
	  "" model-architecture-research/attention-mechanisms/multi-query-attention/ map/ findings/

bench: $(STAMP)           ## measure, and print the ratios
	$(BIN)/python benchmarks/bench.py

clean:
	rm -rf $(VENV) build site

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "genai-atlas needs Python 3.11 or newer; say PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev,browser]'
	touch $@
