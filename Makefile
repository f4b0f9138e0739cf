# One command for each thing a person does here. `make help` lists them. Each part of the house has its own fragment in
# mk/; what a target needs it makes for itself, in a private place, and installs nothing globally.

CARGO ?= cargo
PYTHON ?= python3
PREFIX ?= /usr/local
DESTDIR ?=
TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
export CARGO_TARGET_DIR := $(TARGET_DIR)
# The command that the suites of other languages start; built by `command`.
export SKM_COMMAND ?= $(TARGET_DIR)/debug/skm
# Suites append a line here for every test they leave out, with the reason; `make test` ends with them.
LEFT_OUT := $(TARGET_DIR)/left-out.txt
# Cargo's own helpers, in versions that are known to work.
TOOLS := $(TARGET_DIR)/tools
CARGO_DENY := $(TOOLS)/bin/cargo-deny

# Suites share environments and libraries; what can run at once runs at once inside them.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help demo build command test test-all test-rust check check-docs check-generated generate clippy doc deny deny-tool bench bench-quick bench-core clean

# The groups of `make help`, in their order.
##@ Begin
##@ Build
##@ Test
##@ Check, format and generate
##@ Prove
##@ Measure
##@ Ship

# A line `##@ Group` in a makefile begins a group; a target's line ends with `## what it does`.
##@ Begin
help: ## list every target, in groups
	@awk -F ':.*## ' \
		'/^##@ / { group = substr($$0, 5); if (!(group in lines)) { order[++groups] = group; lines[group] = "" } } \
		/^[a-z][a-zA-Z0-9-]*:.*## / { lines[group] = lines[group] sprintf("  %-20s %s\n", $$1, $$2) } \
		END { for (i = 1; i <= groups; i++) printf "%s\n%s\n", order[i], lines[order[i]] }' $(MAKEFILE_LIST)

demo: ## build the command and walk one person through all four interfaces
	@$(CARGO) run --locked --quiet --package skm-cli -- demo

build: ## the command, optimised: target/release/skm
	$(CARGO) build --locked --release --package skm-cli

##@ Build
command: ## the command, for the suites
	$(CARGO) build --locked --package skm-cli

##@ Test
test: ## every suite, with all the set-up it needs; its last lines name what was left out
	@mkdir -p $(TARGET_DIR) && rm -f $(LEFT_OUT)
	@$(MAKE) --no-print-directory --keep-going test-all; status=$$?; \
	if [ -s $(LEFT_OUT) ]; then sort -u $(LEFT_OUT); else echo "nothing was left out"; fi; \
	exit $$status

# What is left out goes to the same list; the fault matrix runs once, by itself, so that its count is seen.
test-rust: export SKM_LEFT_OUT := $(LEFT_OUT)
test-rust: ## core, sandbox, command and example: unit tests, vectors, flow, network; the fault matrix with its count
	@mkdir -p $(TARGET_DIR)
	$(CARGO) test --locked --package skm-client --package skm-sandbox --package skm-cli --package skm-example-gate \
		-- --exact --skip matrix
	$(CARGO) test --locked --package skm-client --test faults -- --nocapture --exact matrix

##@ Check, format and generate
check: clippy doc deny check-docs ## what CI checks before the tests: format, lints, documentation, licences, header, packages

GENERATE = $(CARGO) run --locked --quiet --package skm-faces --

generate: header ## everything that is derived from the core's tables: C, Java, Python, documents
	@$(GENERATE)

check-generated: check-header ## what is derived from the core's tables is what they say
	@$(GENERATE) --check

clippy:
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

check-docs: ## links and snippets of the documents, in both languages
	@$(PYTHON) tools/docs/check.py

# The workspaces that ship nothing have locks of their own; whom their tools let use them is no matter of ours. The tool
# takes minutes to build, so `make check` takes one that is there; `make deny-tool` makes one, as .ci/run does. Advisories
# need a database from the network: where it cannot be had this says so and goes on.
DENY_TOO := fuzz/Cargo.toml tests/trust/loom/Cargo.toml tools/header/Cargo.toml
deny:
	@deny=$(CARGO_DENY); [ -x $$deny ] || deny=$$(command -v cargo-deny) || deny=; \
	if [ -z "$$deny" ]; then \
		echo "LEFT OUT: licences, bans, sources and advisories: cargo-deny is not there (make deny-tool)"; exit 0; \
	fi; \
	deny="$$deny --config deny.toml --log-level error"; \
	$$deny check licenses bans sources || exit 1; \
	for manifest in $(DENY_TOO); do $$deny --manifest-path $$manifest check bans sources || exit 1; done; \
	if ! timeout 120 $$deny fetch db 2>/dev/null; then \
		echo "LEFT OUT: advisories: their database cannot be fetched here"; exit 0; \
	fi; \
	for manifest in Cargo.toml $(DENY_TOO); do \
		$$deny --manifest-path $$manifest check --disable-fetch advisories || exit 1; \
	done

deny-tool: $(CARGO_DENY) ## cargo-deny, for `make check`, into target/tools

$(CARGO_DENY):
	CARGO_TARGET_DIR=$(TARGET_DIR)/tools-build $(CARGO) install --locked --debug --quiet --root $(TOOLS) cargo-deny@0.20.2

##@ Measure
bench: bench-core ## every benchmark, side by side
bench-quick: ## a short round of the core's benchmarks
	$(CARGO) bench --locked --package skm-client --bench core -- --quick

bench-core:
	$(CARGO) bench --locked --package skm-client --bench core --bench audit

##@ Begin
clean: ## remove everything that was built
	$(CARGO) clean
	rm -rf dist

test-all: test-rust

include $(wildcard mk/*.mk)
