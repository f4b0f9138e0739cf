# Python: the wheel and its suites. Everything lives under $(TARGET_DIR)/python; nothing is installed globally.

PY := $(TARGET_DIR)/python
PY_VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
PY_WHEEL = $(DIST)/skm_client-$(PY_VERSION)-cp38-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl
PY_SDIST = $(DIST)/skm_client-$(PY_VERSION).tar.gz
PY_TESTS := $(CURDIR)/python/tests
PY_TOOLS := $(PY)/tools
PY_VENV := $(PY)/venv
PY_PIP = -m pip --disable-pip-version-check --quiet
# Runs the suite outside the checkout, so that it meets the installed package and nothing else.
PY_TEST = cd $(PY)/run && $(1)/bin/python -m pytest -q -c $(CURDIR)/python/pyproject.toml --rootdir $(PY_TESTS) \
	-p no:cacheprovider
# The oldest and the newest interpreter beside the default one that are to be had here.
PY_FIND = $(shell for python in python$(1) $(HOME)/.pyenv/versions/$(1).*/bin/python; do \
	$$python -c "import venv" 2>/dev/null && echo $$python && break; done)
PY_OTHERS := 3.8 3.13
# Frames, web frameworks and type checkers have left older interpreters behind.
PY_EXTRAS := $(shell $(PYTHON) -c 'import sys; print("yes" if sys.version_info >= (3, 11) else "")')
PY_MARKS := $(if $(PY_EXTRAS),,not extras and )not spark and not panics
PYRIGHT_VERSION := 1.1.414
PYRIGHT := $(PY)/pyright/node_modules/.bin/pyright

.PHONY: build-python python-wheel test-python test-python-wheel test-python-others test-python-types \
	test-python-sdist test-python-spark test-python-panic wheel test-wheel
test-all: test-python
dist: wheel

$(PY_TOOLS)/ready:
	$(PYTHON) -m venv $(PY_TOOLS)
	$(PY_TOOLS)/bin/python $(PY_PIP) install maturin==1.16.0
	@touch $@

$(PY_VENV)/ready: $(PY_TESTS)/requirements.txt
	@mkdir -p $(PY)/run
	$(PYTHON) -m venv $(PY_VENV)
	$(PY_VENV)/bin/python $(PY_PIP) install --requirement $(PY_TESTS)/requirements.txt
	@touch $@

##@ Build
build-python: $(PY_TOOLS)/ready ## Python: the package, editable, in a private environment: target/python/dev
	@test -d $(PY)/dev || $(PYTHON) -m venv $(PY)/dev
	cd python && VIRTUAL_ENV=$(PY)/dev $(PY_TOOLS)/bin/maturin develop --locked --profile dev
	@echo "$(PY)/dev/bin/python"

# As it is shipped, but unoptimised: the suites are about what is right, not what is fast.
python-wheel: $(PY_TOOLS)/ready
	@rm -rf $(PY)/wheels
	cd python && $(PY_TOOLS)/bin/maturin build --locked --profile dev --strip --out $(PY)/wheels

# $(call py_install,environment,folder): the package from that folder, and from nowhere else.
py_install = $(1)/bin/python $(PY_PIP) install --no-index --no-deps --force-reinstall --find-links $(2) skm-client

##@ Test
test-python: test-python-wheel test-python-others ## Python: the wheel, types, other interpreters, source distribution, Spark
test-python: $(if $(PY_EXTRAS),test-python-types test-python-spark,test-python-older) test-python-sdist test-python-panic

test-python-wheel test-python-others: export SKM_LEFT_OUT := $(LEFT_OUT)
test-python-wheel: python-wheel $(PY_VENV)/ready
	$(call py_install,$(PY_VENV),$(PY)/wheels)
	$(call PY_TEST,$(PY_VENV)) -m "$(PY_MARKS)" $(PY_TESTS)
	$(call PY_TEST,$(PY_VENV)) --doctest-modules $(if $(PY_EXTRAS),,--doctest-ignore-import-errors) --pyargs skm

test-python-types: python-wheel $(PY_VENV)/ready
	$(call py_install,$(PY_VENV),$(PY)/wheels)
	cd $(PY)/run && $(PY_VENV)/bin/mypy --config-file $(CURDIR)/python/pyproject.toml --package skm
	cd $(PY)/run && $(PY_VENV)/bin/mypy --config-file $(CURDIR)/python/pyproject.toml \
		$(CURDIR)/examples/python/gate.py $(CURDIR)/examples/python/relay/relay.py
	cd $(PY)/run && $(PY_VENV)/bin/mypy --config-file $(CURDIR)/python/pyproject.toml $(PY_TESTS)
	cd $(PY)/run && $(PY_VENV)/bin/python -m mypy.stubtest skm._native
	@$(call pyright,python)
# $(call pyright,folder with its configuration)
define pyright
if command -v npm >/dev/null && { test -x $(PYRIGHT) || \
	npm install --silent --prefix $(PY)/pyright pyright@$(PYRIGHT_VERSION); }; then \
	$(PYRIGHT) -p $(1) --pythonpath $(PY_VENV)/bin/python; \
else \
	echo "LEFT OUT: Python: pyright on $(1): npm or its package is not to be had" | tee -a $(LEFT_OUT); \
fi
endef

.PHONY: test-python-older
test-python-older:
	@echo "LEFT OUT: Python: frames, the relay, Spark and types: $$($(PYTHON) --version) is older than 3.11" | tee -a $(LEFT_OUT)

# The same wheel on other interpreters: the whole suite but what needs other people's packages.
test-python-others: python-wheel
	@mkdir -p $(PY)/run
	@$(foreach version,$(PY_OTHERS),$(call py_other,$(version),$(call PY_FIND,$(version))))
define py_other
if [ -z "$(2)" ]; then \
	echo "LEFT OUT: Python: the suite on CPython $(1): there is no such interpreter here" | tee -a $(LEFT_OUT); \
else \
	set -ex; rm -rf $(PY)/venv-$(1); $(2) -m venv $(PY)/venv-$(1); \
	$(PY)/venv-$(1)/bin/python $(PY_PIP) install 'pytest<10'; \
	$(call py_install,$(PY)/venv-$(1),$(PY)/wheels); \
	($(call PY_TEST,$(PY)/venv-$(1)) -m "not extras and not spark and not panics" $(PY_TESTS)); \
fi;
endef

test-python-panic: $(PY_TOOLS)/ready $(PY_VENV)/ready
	@rm -rf $(PY)/wheels-panic
	cd python && $(PY_TOOLS)/bin/maturin build --locked --profile dev --strip --features testing --out $(PY)/wheels-panic
	$(call py_install,$(PY_VENV),$(PY)/wheels-panic)
	$(call PY_TEST,$(PY_VENV)) -m panics $(PY_TESTS)

# Built from the source distribution alone, then the suite once more.
test-python-sdist: $(PY_TOOLS)/ready $(PY_VENV)/ready
	@rm -rf $(PY)/sdist $(PY)/from-sdist
	cd python && $(PY_TOOLS)/bin/maturin sdist --out $(PY)/sdist
	PATH="$(PY_TOOLS)/bin:$$PATH" MATURIN_PEP517_ARGS="--profile dev --strip" $(PY_TOOLS)/bin/python $(PY_PIP) wheel \
		--no-index --no-deps --no-build-isolation --wheel-dir $(PY)/from-sdist $(PY)/sdist/skm_client-*.tar.gz
	$(call py_install,$(PY_VENV),$(PY)/from-sdist)
	$(call PY_TEST,$(PY_VENV)) -m "$(PY_MARKS)" $(PY_TESTS)

test-python-spark: python-wheel $(PY_VENV)/ready
	@if ! command -v java >/dev/null; then \
		echo "LEFT OUT: Python: the Spark example: there is no JDK here" | tee -a $(LEFT_OUT); \
	elif ! $(PY_VENV)/bin/python $(PY_PIP) install --requirement $(PY_TESTS)/requirements-spark.txt; then \
		echo "LEFT OUT: Python: the Spark example: PySpark cannot be installed" | tee -a $(LEFT_OUT); \
	else \
		set -ex; $(call py_install,$(PY_VENV),$(PY)/wheels); \
		(cd examples/python/spark && $(PY_VENV)/bin/mypy --strict --cache-dir $(PY)/run/.mypy_cache *.py); \
		$(call pyright,examples/python/spark); \
		$(call PY_TEST,$(PY_VENV)) -m spark $(PY_TESTS); \
	fi

##@ Ship
# zig links against glibc 2.17; the tag says so, and pip on a musl system then leaves the wheel alone.
wheel: zig-env ## Python: the wheel for glibc 2.17 and the source distribution, in dist/
	@rm -f $(PY_WHEEL) $(PY_SDIST)
	cd python && $(ZIG_RUN) maturin build --locked --profile dist --zig --target $(DIST_TRIPLE) \
		--compatibility manylinux2014 --out $(DIST)
	cd python && $(ZIG_ENV)/bin/maturin sdist --out $(DIST)
	$(PYTHON) $(CURDIR)/python/check_wheel.py $(PY_WHEEL) $(DIST_GLIBC) $(CURDIR) $(TARGET_DIR) $(HOME)
	@ls -l $(PY_WHEEL) $(PY_SDIST)

# What is shipped is built by another linker with another unwinder, so it meets the suite itself.
test-wheel: wheel $(PY_VENV)/ready ## Python: the whole suite on the wheel that is shipped
	$(call py_install,$(PY_VENV),$(DIST))
	$(call PY_TEST,$(PY_VENV)) -m "$(PY_MARKS)" $(PY_TESTS)
