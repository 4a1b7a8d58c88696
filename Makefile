# GNU make. `make` alone lists what there is; everything else works in .venv, made on first use.

VENV := .venv
BIN := $(VENV)/bin
LOCK_VENV := .venv-lock
LOCKED := requirements/test.txt requirements/build.txt
PACKAGES := $(VENV)/.packages
READY := $(VENV)/.ready

# WORKERS: processes that share the tests. ARGS: more for pytest, as in make test ARGS="-k consent", or for the benchmarks.
WORKERS ?= 2
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
# What leads Python elsewhere in the caller's shell would lead it out of .venv too.
unexport PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: setup ## set everything up and serve five made-up practices on this machine
	@$(BIN)/zorgspoor demo

.PHONY: test
test: setup ## set everything up and run all tests but the long ones
	@$(BIN)/pytest -n $(WORKERS) $(ARGS)

.PHONY: long
long: setup ## run the long tests only
	@$(BIN)/pytest -n $(WORKERS) -m long --timeout 1800 $(ARGS)

.PHONY: check
check: setup ## lint, format, types, and who may import whom
	@failed=0; \
	for tool in "ruff check" "ruff format --check" "mypy --strict" "lint-imports --no-logo"; do \
		echo "$$tool"; $(BIN)/$$tool || failed=1; \
	done; \
	exit $$failed

.PHONY: bench
bench: setup ## measure everything beside something to compare with, about 15 minutes (ARGS=--quick: one)
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: docs
docs: setup ## make the glossary and the reference anew
	@$(BIN)/python -m docs.generate

.PHONY: setup
setup: $(READY) ## make .venv with the locked packages and the command zorgspoor
	@:

.PHONY: lock
lock: ## pin requirements/*.txt anew from pyproject.toml (UPGRADE=1: at the newest versions)
	@$(find_python); $(make_venv) $(LOCK_VENV)
	@$(LOCK_VENV)/bin/pip install -qq --require-hashes -r requirements/lock.txt
	@$(compile) --output-file requirements/run.txt pyproject.toml
	@$(compile) --extra test --constraint requirements/run.txt --output-file requirements/test.txt pyproject.toml
	@$(compile) --build-deps-for editable --only-build-deps --constraint requirements/test.txt \
		--output-file requirements/build.txt pyproject.toml
	@$(compile) --output-file requirements/lock.txt requirements/lock.in
	@! grep -nE '://|^ *-' requirements/*.txt | grep -v -- ' --hash=sha256:' \
		|| { echo "A lock file names an address or an option of this machine." >&2; exit 1; }

.PHONY: clean
clean: ## remove .venv and all caches; stores stay
	@rm -rf $(VENV) $(LOCK_VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp holds the directory that it was made in. .venv is made from nothing where the stamp is missing (an interrupted run),
# speaks of another directory (a copied or moved tree: scripts in a venv name their interpreter by its full path), or is older
# than what is locked; and where its interpreter is gone.
ifneq ($(shell test -x $(BIN)/python && cat $(PACKAGES) 2>/dev/null),$(CURDIR))
.PHONY: $(PACKAGES)
endif

$(PACKAGES): $(LOCKED)
	@echo "Setting up $(VENV)"
	@$(find_python); $(make_venv) $(VENV)
	@$(BIN)/pip install -qq --require-hashes $(LOCKED:%=-r %)
	@echo '$(CURDIR)' > $@

$(READY): $(PACKAGES) pyproject.toml
	@$(BIN)/pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

# Sets $python to the first interpreter of 3.11 or newer that can make a venv, else to one of 3.11 or newer that cannot.
# It is tried, not only looked for: a pyenv shim is there even where the version behind it is not.
define find_python
python=; \
for candidate in $(PYTHON) python3.11 python3 python; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	python=$$candidate; \
	"$$candidate" -c 'import ensurepip, venv' 2>/dev/null && break; \
done; \
if [ -z "$$python" ]; then \
	echo "Zorgspoor needs Python 3.11 or newer, and none was found as python3.11, python3 or python." >&2; \
	echo "Install one, or name one: make setup PYTHON=/path/to/python" >&2; \
	exit 1; \
fi
endef

# Makes a venv from nothing, with $python. Debian keeps what `python -m venv` needs in a package of its own.
define make_venv
package=$$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])') || exit 1; \
if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	echo "Installing $$package"; \
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$$package" >/dev/null; } || exit 1; \
fi; \
if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	echo "$$python cannot make a virtual environment: install $$package (Debian, Ubuntu), or Python with ensurepip." >&2; \
	exit 1; \
fi; \
"$$python" -m venv --clear
endef

# Against the ordinary registry, whatever this machine's pip is set to: what is locked must install anywhere.
compile = env -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_FIND_LINKS PIP_CONFIG_FILE=/dev/null \
	CUSTOM_COMPILE_COMMAND="make lock" $(LOCK_VENV)/bin/pip-compile --quiet --no-config --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-options $(if $(UPGRADE),--upgrade)
