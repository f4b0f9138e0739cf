# What is shipped runs on glibc 2.17 (2012): built with zig as the linker, by one tool chain in a private place, with one
# profile and one set of flags for all three languages, so that the dependencies are compiled once.

# The private tools: cargo-zigbuild, zig, maturin.
ZIG_ENV := $(TARGET_DIR)/zig-env
DIST_TRIPLE := x86_64-unknown-linux-gnu
DIST_GLIBC := 2.17
# Where shipped files go.
DIST := $(CURDIR)/dist
# No path of the machine that built it stays in what is shipped.
CARGO_HOME_DIR := $(or $(CARGO_HOME),$(HOME)/.cargo)
REGISTRIES := $(wildcard $(CARGO_HOME_DIR)/registry/src/*)
DIST_RUSTFLAGS := --remap-path-prefix=$(CARGO_HOME_DIR)=/cargo $(REGISTRIES:%=--remap-path-prefix=%=/crates) \
	--remap-path-prefix=$(TARGET_DIR)=/target --remap-path-prefix=$(CURDIR)=/skm
# Before a command: the tools in the path, the flags set. Use as: $(ZIG_RUN) cargo-zigbuild …
ZIG_RUN := PATH="$(ZIG_ENV)/bin:$$PATH" RUSTFLAGS="$(DIST_RUSTFLAGS)"
# Before the options of one library: $(ZIG_RUSTC) --package skm-c -- …
ZIG_RUSTC := $(ZIG_RUN) $(CARGO) zigbuild --locked --profile dist --target $(DIST_TRIPLE).$(DIST_GLIBC)
# Where that leaves its files.
DIST_BUILT := $(TARGET_DIR)/$(DIST_TRIPLE)/dist

.PHONY: zig-env dist

##@ Ship
dist: ## everything that ships, into dist/: C archive, wheel, source distribution, JARs, crate, bills of materials, sums
	@cd $(DIST) && sha256sum -- $$(find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%f\n' | LC_ALL=C sort) > SHA256SUMS
	@ls -l $(DIST)

zig-env: $(ZIG_ENV)/.ready

$(ZIG_ENV)/.ready: mk/dist.mk
	$(PYTHON) -m venv $(ZIG_ENV)
	$(ZIG_ENV)/bin/pip install --quiet --disable-pip-version-check \
		cargo-zigbuild==0.24.1 ziglang==0.17.1 maturin==1.16.0
	touch $@
