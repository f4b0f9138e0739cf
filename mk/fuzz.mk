# Coverage-guided fuzzing: fuzz/targets, by libFuzzer with AddressSanitizer. docs/fuzz.md has what it came to.

# Processor time for each target.
SECONDS_EACH ?= 5
CARGO_FUZZ := $(TOOLS)/bin/cargo-fuzz
FUZZ_BUILT = $(TARGET_DIR)/fuzz/$(shell rustc -vV | sed -n 's/^host: //p')/release
FUZZ = $(PYTHON) fuzz/run.py --built $(FUZZ_BUILT) --work $(TARGET_DIR)/fuzz-work --seconds $(SECONDS_EACH)

.PHONY: fuzz fuzz-build fuzz-long fuzz-corpus

test-all: fuzz

$(CARGO_FUZZ):
	CARGO_TARGET_DIR=$(TARGET_DIR)/tools-build $(CARGO) install --locked --debug --quiet --root $(TOOLS) cargo-fuzz@0.13.1

# The sanitizer needs compiler flags that are not stable; RUSTC_BOOTSTRAP opens them on a stable compiler.
fuzz-build: $(CARGO_FUZZ)
	cd fuzz && RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$(TARGET_DIR)/fuzz $(CARGO_FUZZ) build --fuzz-dir .
	@echo "$$(git rev-parse --short HEAD)$$(git diff --quiet HEAD -- src bindings dialects fuzz/targets fuzz/c_library || echo -dirty)" \
		> $(FUZZ_BUILT)/commit

##@ Test
fuzz: fuzz-build ## each fuzz target for SECONDS_EACH=5 seconds of processor time
	@$(FUZZ)

##@ Prove
fuzz-long: fuzz-build ## the same, recorded in docs/fuzz.md: make fuzz-long SECONDS_EACH=3600
	@$(FUZZ) --record

fuzz-corpus: ## adds a spread of what long runs found to the archives in fuzz/corpus
	@$(FUZZ) --keep
