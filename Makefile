# The same verbs everywhere: on a laptop and in CI. `make setup` needs Python 3.11 or later and pip.
UV_VERSION := 0.13.8
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --quiet --frozen --group dev
TEST := $(RUN) pytest --numprocesses auto $(if $(CI),--hypothesis-seed=0)

.PHONY: setup browser fix check test docs bench demo

# uv: the one on PATH, else one of our own inside the project; the system stays as it is
.uv/bin/uv:
	python3 -m pip install --quiet --disable-pip-version-check --target .uv uv==$(UV_VERSION)

setup: $(filter .uv/bin/uv,$(UV))
	$(UV) sync --quiet --frozen --group dev

# a Chromium for the tests of the HTML report, where there is none yet: the one thing that is installed outside the project
browser: setup
	$(RUN) python -m tests.browser

fix: setup
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

check: setup
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(TEST)

test: setup
	$(TEST)

docs: setup
	$(RUN) python docs/generate.py

bench: setup
	$(RUN) python -m tests.benchmarks.measure

demo: $(filter .uv/bin/uv,$(UV))
	$(UV) run --quiet --frozen stackproof scan examples/states/static-website.json --config examples/stackproof.yaml --fail-on never
