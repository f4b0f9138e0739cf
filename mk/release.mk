# What the registries ask for. Nothing is uploaded by any target: RELEASING.md says who does that, and how.

TWINE_ENV := $(TARGET_DIR)/twine
TWINE_VERSION := 7.0.0
TWINE_CHECK = $(TWINE_ENV)/bin/python -m twine check --strict
# actionlint comes as a Go module; its module and build caches stay below $(TARGET_DIR).
ACTIONLINT := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
ACTIONLINT_RUN = GOPATH=$(TARGET_DIR)/go GOCACHE=$(TARGET_DIR)/go/cache GOFLAGS=-modcacherw go run $(ACTIONLINT)
# A published crate's oldest compiler, as Cargo.toml promises it.
OLDEST_RUST := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -1)

.PHONY: check-package check-crate check-distribution check-workflows check-release check-oldest-rust dist-crate dist-metadata

check: check-package check-workflows

##@ Check, format and generate
check-package: check-crate check-distribution ## what registries receive: cargo package, twine check

# Packed, and built again from the packed files alone. --allow-dirty: also before a commit. All crates at once, because
# a crate that is packed alone looks for its neighbours in the registry.
check-crate:
	@$(PYTHON) tools/package/check.py
	$(CARGO) package --locked --allow-dirty --quiet $$($(PYTHON) tools/package/check.py | sed 's/^/--package /')
	@$(PYTHON) tools/package/check.py --packed $(TARGET_DIR)/package

# The source distribution has the wheel's metadata and is made without a compiler.
check-distribution:
	@if ! $(MAKE) --no-print-directory $(PY_TOOLS)/ready $(TWINE_ENV)/ready; then \
		echo "LEFT OUT: the distribution's metadata: maturin or twine cannot be installed"; exit 0; \
	fi; \
	rm -rf $(PY)/checked && (cd python && $(PY_TOOLS)/bin/maturin sdist --out $(PY)/checked) && \
	$(TWINE_CHECK) $(PY)/checked/skm_client-*.tar.gz

$(TWINE_ENV)/ready: mk/release.mk
	$(PYTHON) -m venv $(TWINE_ENV)
	$(TWINE_ENV)/bin/python $(PY_PIP) install twine==$(TWINE_VERSION)
	@touch $@

check-workflows: ## .github/workflows, by actionlint
	@if ! command -v go >/dev/null; then \
		echo "LEFT OUT: workflows: actionlint needs Go, which is not installed"; \
	elif ! $(ACTIONLINT_RUN) -version >/dev/null; then \
		echo "LEFT OUT: workflows: actionlint cannot be downloaded or built"; \
	else \
		$(ACTIONLINT_RUN) -no-color .github/workflows/*.yml && echo "workflows: nothing found"; \
	fi

##@ Ship
check-release: ## a release's tag against every place that names the version: TAG=v0.1.0
	@$(PYTHON) tools/package/check.py --tag "$(TAG)"

##@ Check, format and generate
# In a toolchain folder of its own: nothing is installed globally.
check-oldest-rust: export RUSTUP_HOME := $(TARGET_DIR)/rustup
check-oldest-rust: ## the workspace with the oldest Rust that Cargo.toml promises; downloads it
	@if ! rustup toolchain install --profile minimal --no-self-update $(OLDEST_RUST); then \
		echo "LEFT OUT: Rust $(OLDEST_RUST): it cannot be downloaded"; \
	else \
		rustup run $(OLDEST_RUST) cargo check --locked --workspace; \
	fi

dist-crate: check-crate
	@mkdir -p $(DIST)
	@for crate in $$($(PYTHON) tools/package/check.py); do \
		cp $(TARGET_DIR)/package/$$crate-$(PY_VERSION).crate $(DIST)/ || exit 1; \
	done

# The metadata of the very files that are uploaded.
dist-metadata: wheel $(TWINE_ENV)/ready
	$(TWINE_CHECK) $(PY_WHEEL) $(PY_SDIST)

dist: dist-crate dist-metadata
