# End to end: an independent client, a second platform and a browser against the built command (tests/e2e).

E2E := tests/e2e
E2E_VENV := $(TARGET_DIR)/venv-e2e
E2E_PYTHON := $(E2E_VENV)/bin/python
# What the browser test needs from the system.
E2E_MISSING := $(if $(shell command -v chromium || command -v chromium-browser),,chromium) $(if $(shell command -v zbarimg),,zbarimg)

.PHONY: test-e2e picture
test-all: test-e2e

##@ Test
test-e2e: command $(E2E_VENV)/ready ## independent client, second platform and browser against the command
	@missing="$(strip $(E2E_MISSING))"; without=; \
	if [ -n "$$missing" ]; then \
		without="--ignore=$(E2E)/test_page.py"; \
		line="LEFT OUT: browser test of the page (tests/e2e/test_page.py): not installed: $$missing (apt-get install chromium zbar-tools fonts-wqy-microhei)"; \
		echo "$$line" >> $(LEFT_OUT); \
	fi; \
	SKM_COMMAND="$(SKM_COMMAND)" $(E2E_PYTHON) -m pytest -q -rs $$without $(E2E) $(PYTEST_ARGS) || exit 1; \
	if [ -n "$$missing" ]; then echo "$$line"; fi

##@ Check, format and generate
picture: command $(E2E_VENV)/ready ## take the README's picture of the page: docs/images/page.png
	SKM_COMMAND="$(SKM_COMMAND)" $(E2E_PYTHON) $(E2E)/picture.py docs/images/page.png

$(E2E_VENV)/ready: $(E2E)/requirements.txt
	@mkdir -p $(TARGET_DIR)
	$(PYTHON) -m venv $(E2E_VENV)
	$(E2E_PYTHON) -m pip install --quiet --disable-pip-version-check --requirement $(E2E)/requirements.txt
	@touch $@
