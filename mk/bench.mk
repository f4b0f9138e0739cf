# Ours beside what people would write by hand; see docs/benchmarks.md. Everything it needs goes into $(TARGET_DIR)/bench.

# What ships. Another profile measures something else.
BENCH_PROFILE ?= dist
BENCH = $(PYTHON) benches/harness/bench.py --target-dir $(TARGET_DIR) --profile $(BENCH_PROFILE)

.PHONY: bench-peers bench-peers-quick bench-ledger

bench: bench-peers
bench-quick: bench-peers-quick

##@ Measure
bench-peers: ## ours beside the peers, http and https, 1 to 64 threads: writes docs/benchmarks.md
	@$(BENCH)

bench-peers-quick: ## a few cells, and instructions a call against benches/ledger.toml
	@$(BENCH) --quick --rounds 3

bench-ledger: ## add an entry to the ledger of instructions: make bench-ledger REASON="…"
	@$(BENCH) --ledger "$(REASON)"
