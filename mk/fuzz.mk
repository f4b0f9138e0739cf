# Coverage-guided fuzzing. SECONDS_EACH=3600 for a long run; its result belongs into docs/fuzz.md.

SECONDS_EACH ?= 10
FUZZ_TARGETS := qr config dialect answers open platform certificate
TOOLS := $(TARGET_DIR)/tools
CARGO_FUZZ := $(TOOLS)/bin/cargo-fuzz

.PHONY: fuzz fuzz-build

$(CARGO_FUZZ):
	CARGO_TARGET_DIR=$(TARGET_DIR)/tools-build $(CARGO) install --locked --debug --quiet --root $(TOOLS) cargo-fuzz@0.13.1

# The sanitizer needs compiler flags that are not stable; RUSTC_BOOTSTRAP opens them on a stable compiler.
fuzz-build: $(CARGO_FUZZ)
	cd fuzz && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$(TARGET_DIR)/fuzz $(CARGO_FUZZ) build --fuzz-dir . --dev

fuzz: fuzz-build ## each fuzz target for SECONDS_EACH seconds (10)
	@set -e; for target in $(FUZZ_TARGETS); do \
		found=$(TARGET_DIR)/fuzz-found/$$target; log=$(TARGET_DIR)/fuzz-$$target.log; mkdir -p $$found; \
		echo "fuzz $$target for $(SECONDS_EACH) s"; \
		(cd fuzz && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$(TARGET_DIR)/fuzz $(CARGO_FUZZ) run --fuzz-dir . --dev $$target \
			$$found corpus/$$target -- -max_total_time=$(SECONDS_EACH) -print_final_stats=1) >$$log 2>&1 \
			|| { tail -40 $$log; exit 1; }; \
		grep -E 'stat::(number_of_executed_units|new_units_added)' $$log; \
	done
