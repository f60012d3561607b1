# Everything is kept in .uv and .venv; no target touches the system.
# Needs Python >= 3.11 and make; uv is installed into .uv when there is none on the PATH.

export UV_PYTHON_DOWNLOADS := never

UV    := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
RUN   := .venv/bin
READY := .venv/.ready
NODES ?= 1
SBOM  ?= sbom.json
SEED  ?= 1
SUITE ?= standard

# The first interpreter that starts, is new enough and can make an environment with pip in it.
FIND_PYTHON = for each in python3.13 python3.12 python3.11 python3; do \
  $$each -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && { $$each -c 'import sys; print(sys.executable)'; exit 0; }; done; \
  echo 'tracehub needs Python 3.11 or newer, with its venv module, on the PATH' >&2; exit 1

# Connector packages are found by their source folders, as mypy finds tracehub in src.
CONNECTOR_SOURCES := $(wildcard connectors/*/src)
EMPTY :=
export MYPYPATH := $(subst $(EMPTY) ,:,$(strip $(CONNECTOR_SOURCES)))

# The longest first. They wait more than they work, so they run side by side; where there is too
# little time, it belongs to the suites that depend on it most.
SERVER_SUITES := tests/faults tests/e2e tests/kafka
QUICK_SUITES  := $(filter-out tests/conftest.py tests/rules $(SERVER_SUITES),$(wildcard tests/*)) connectors
# With ARGS a suite may have no test that fits, which pytest calls 5.
NONE_FITS     = $(if $(ARGS),|| [ $$? -eq 5 ])

# What only looks runs side by side, each with its output in one piece; -j1 is one after the other.
ifneq ($(filter check test test-servers,$(MAKECMDGOALS)),)
MAKEFLAGS += --jobs=4 --output-sync=target
endif
tests/e2e tests/kafka: NICE := nice -n 3
test-quick: NICE := nice -n 5

.DEFAULT_GOAL := help
.PHONY: help setup compiled demo test test-quick test-servers $(SERVER_SUITES) check format lint types imports rules generated generate systems site sbom audit kafka faults bench instructions baseline

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## make .venv with everything in uv.lock

compiled: $(READY) ## build the compiled codec into .venv; needs a C compiler
	@rm -rf .cache/compiled && mkdir -p .cache && cp -r compiled .cache/compiled
	@$(UV) pip install --quiet --python $(RUN)/python --no-deps --no-build-isolation --reinstall \
	  ./.cache/compiled

demo: $(READY) ## run the demonstration; ARGS="--events 2000 --bus kafka" are passed on
	@$(RUN)/tracehub demo $(ARGS)

test: rules test-servers test-quick ## run every test; absent servers are named and left out

test-quick: $(READY) ## unit, contract, documentation and connector tests
	$(NICE) $(RUN)/pytest $(QUICK_SUITES) $(ARGS) $(NONE_FITS)

test-servers: $(SERVER_SUITES) ## tests against real brokers, faults and end to end

$(SERVER_SUITES): $(READY)
	$(NICE) $(RUN)/pytest $@ $(ARGS) $(NONE_FITS)

check: format lint types imports rules generated instructions ## format, lint, types, imports, rules, made files, cost

format: $(READY) ## is every file formatted?
	$(RUN)/ruff format --check .

lint: $(READY) ## ruff, all rules
	$(RUN)/ruff check .

types: $(READY) ## mypy, strict, tests too
	$(RUN)/mypy src tests connectors deploy bench

imports: $(READY) ## the layers of the architecture
	$(RUN)/lint-imports

rules: $(READY) ## sizes, names and file sets
	$(RUN)/pytest -q tests/rules $(ARGS) $(NONE_FITS)

generated: $(READY) ## does every file that is made from the code fit it?
	@$(RUN)/python -m deploy --check || { echo 'these are stale: make generate' >&2; exit 1; }

site: $(READY) ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(RUN)/mkdocs build --quiet --strict

sbom: | $(UV) ## write what the hub runs on, with hashes, to $(SBOM) in CycloneDX
	@$(UV) export --quiet --frozen --no-dev --all-packages --all-extras --format cyclonedx1.5 \
	  --preview-features sbom-export --output-file $(SBOM) >/dev/null

audit: $(READY) ## ask for known weaknesses of what the hub runs on; says so when nobody answers
	@mkdir -p .cache
	@$(UV) export --quiet --frozen --no-dev --all-packages --all-extras --no-emit-workspace \
	  --output-file .cache/audit.txt >/dev/null
	@PATH="$(dir $(abspath $(UV))):$$PATH" $(RUN)/python -m deploy.audit .cache/audit.txt || test $$? -eq 2

generate: $(READY) ## write every file that is made from the code
	@$(RUN)/python -m deploy

systems: $(READY) ## run the contracts of all connectors and record what passed; then its table
	@TRACEHUB_RECORD=1 TRACEHUB_REQUIRE=all $(RUN)/pytest -q -p no:randomly connectors/*/tests/test_contract.py
	@$(RUN)/python -m deploy

kafka: $(READY) ## start a local Kafka in the foreground; NODES=3 for three brokers
	@$(RUN)/python -m tracehub.testing.kafka --nodes $(NODES)

faults: $(READY) ## a fault run on three brokers; SEED=1 SECONDS=600 bound it
	@$(RUN)/python -m tracehub.testing.faults --seed $(SEED) $(addprefix --seconds ,$(SECONDS)) $(ARGS)

instructions: $(READY) ## do the inner loops cost what they did? Counts, not times
	@$(RUN)/python -m bench.instructions || { echo 'instructions have changed' >&2; exit 1; }

baseline: $(READY) ## write the counts of instructions as they are now
	@$(RUN)/python -m bench.instructions --renew

bench: $(READY) ## measure; SUITE=quick, full or peers; ARGS="--only pass latency" are passed on
	@$(RUN)/python -m bench --suite $(SUITE) $(ARGS); found=$$?; $(RUN)/python -m deploy && exit $$found

$(READY): pyproject.toml uv.lock $(wildcard connectors/*/pyproject.toml) | $(UV)
	@python=$$($(FIND_PYTHON)) && $(UV) sync --frozen --quiet --python "$$python"
	@touch $@

.uv/bin/uv:
	@python=$$($(FIND_PYTHON)) && "$$python" -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv
