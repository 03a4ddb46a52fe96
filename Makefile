# Everything sets itself up: a virtual environment in .venv, node_modules for the client.
# The first Python that is new enough; a name on the path may still be one that does not run.
PYTHON ?= $(shell for python in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
BIN := .venv/bin
# Where test-editors installs editors.
EDITORS ?= $(HOME)/.cache/spawnsafe-editors

.PHONY: demo test test-editors screenshots docs lint fix package clean

demo: .venv/demo  ## find, explain and repair the mistakes in examples/, and run what was repaired
	$(BIN)/python scripts/demo.py

# More workers than two cores: programs that hang on purpose are waited for, which takes time and no core.
test: .venv/dev node_modules/.package-lock.json  ## run all tests
	$(BIN)/python -m pytest -n 4 --dist loadgroup
	npm test

test-editors: .venv/editors package  ## install real editors into $(EDITORS), and use spawnsafe in them
	scripts/editors.sh $(EDITORS)
	SPAWNSAFE_EDITORS=$(EDITORS) $(BIN)/python -m pytest $(or $(ONLY),tests/editors)

screenshots:  ## take the pictures of the documents anew, in VS Code
	SPAWNSAFE_PICTURES=client/screenshots $(MAKE) test-editors ONLY=tests/editors/test_vscode.py

docs: .venv/docs  ## build the site of the documentation into dist/site; a link that leads nowhere is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build
	@echo "To read it: $(BIN)/python -m http.server --directory dist/site"

lint: .venv/dev node_modules/.package-lock.json  ## check style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	npm run lint
	npm run typecheck

fix: .venv/dev  ## mend what the linters can
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

package: .venv/dev node_modules/.package-lock.json  ## build the wheel and the VS Code extension
	PYTHON=$(BIN)/python npm run package
	cp dist/bundled/spawnsafe-*.whl dist/

clean:
	rm -rf .venv node_modules dist

.venv/pip:
	@test -n "$(PYTHON)" || { echo "spawnsafe needs Python 3.11 or later: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

.venv/demo: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/dev: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

.venv/docs: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable . --group docs
	@touch $@

.venv/editors: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable . --group editors
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
