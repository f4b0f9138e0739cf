# C and C++: libskm, its header, its tests, its installation.

C_BUILD := $(TARGET_DIR)/c
C_VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
C_MAJOR = $(firstword $(subst ., ,$(C_VERSION)))
C_TRIPLE := x86_64-unknown-linux-gnu
# The folder that `make install` takes libskm.so and libskm.a from.
C_INSTALL_FROM ?= $(C_BUILD)/release
HEADER_TOOL = $(CARGO) run --quiet --locked --manifest-path tools/header/Cargo.toml --target-dir $(TARGET_DIR)/tools --

.PHONY: header check-header build-c build-c-tests build-c-asan test-c test-c-plain test-c-asan test-c-valgrind \
	test-c-abi test-c-installed install dist-c check-dist-c

##@ Check, format and generate
header: ## write include/skm.h with the pinned generator
	$(HEADER_TOOL) include/skm.h

check-header: ## include/skm.h is what the generator writes, and every item in it has its words
	@mkdir -p $(C_BUILD)
	@$(HEADER_TOOL) $(C_BUILD)/skm.h
	@diff -u include/skm.h $(C_BUILD)/skm.h || { echo "include/skm.h is out of date: run make header"; exit 1; }
	@$(PYTHON) tests/c/check_header.py include/skm.h

check: check-generated

# $(call keep_library,built in,folder): a copy under the names that programs look for.
define keep_library
	@mkdir -p $(2)
	@cp $(1)/libskm.so $(2)/libskm.so.$(C_VERSION)
	@ln -sf libskm.so.$(C_VERSION) $(2)/libskm.so.$(C_MAJOR)
	@ln -sf libskm.so.$(C_MAJOR) $(2)/libskm.so
	@cp $(1)/libskm.a $(2)/libskm.a
endef

##@ Build
build-c: ## libskm.so and libskm.a, optimised: target/c/release
	$(CARGO) build --locked --release --package skm-c
	$(call keep_library,$(TARGET_DIR)/release,$(C_BUILD)/release)

# Two of them, one after the other because they share a file name: one that panics on purpose, one as it is.
build-c-tests:
	$(CARGO) build --locked --package skm-c --features testing
	$(call keep_library,$(TARGET_DIR)/debug,$(C_BUILD)/dev/testing)
	$(CARGO) build --locked --package skm-c
	$(call keep_library,$(TARGET_DIR)/debug,$(C_BUILD)/dev/plain)

# With the address sanitizer inside, static: its run-time must be in the program. A stable compiler lets only its own
# builders do that, hence the variable.
ASAN_BUILD = RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address" $(CARGO) rustc --locked --package skm-c \
	--crate-type staticlib --target $(C_TRIPLE) --target-dir $(TARGET_DIR)/c-asan
build-c-asan:
	@mkdir -p $(C_BUILD)/asan/testing $(C_BUILD)/asan/plain
	$(ASAN_BUILD) --features testing
	@cp $(TARGET_DIR)/c-asan/$(C_TRIPLE)/debug/libskm.a $(C_BUILD)/asan/testing/
	$(ASAN_BUILD)
	@cp $(TARGET_DIR)/c-asan/$(C_TRIPLE)/debug/libskm.a $(C_BUILD)/asan/plain/

C_RUN = $(PYTHON) tests/c/run.py $(1) --libraries $(C_BUILD)/$(2) --build $(C_BUILD)/suites/$(1) --left-out $(LEFT_OUT)

test-c-plain: build-c-tests
	@$(call C_RUN,plain,dev)

test-c-valgrind: build-c-tests
	@$(call C_RUN,valgrind,dev)

test-c-asan: build-c-asan
	@$(call C_RUN,asan,asan)

test-c-abi: build-c-tests
	@$(PYTHON) tests/c/check_abi.py $(C_BUILD)/dev/plain/libskm.so $(C_BUILD)/suites

test-c-installed: build-c-tests command
	@rm -rf $(C_BUILD)/prefix
	@$(MAKE) --no-print-directory install C_INSTALL_FROM=$(C_BUILD)/dev/plain PREFIX=$(C_BUILD)/prefix DESTDIR=
	@$(PYTHON) tests/c/examples.py --prefix $(C_BUILD)/prefix --build $(C_BUILD)/examples --left-out $(LEFT_OUT)

##@ Test
test-c: test-c-plain test-c-abi test-c-valgrind test-c-asan test-c-installed ## C and C++: plain, ABI, valgrind, sanitizers, installed
	$(CARGO) test --locked --quiet --package skm-c

test-all: test-c

# What `install` needs is built by whoever names another folder; this one is brought up to date each time.
.PHONY: $(C_BUILD)/release/libskm.so
$(C_BUILD)/release/libskm.so:
	@$(MAKE) --no-print-directory build-c

# $(call filled_in,template,target): with the version in it.
filled_in = sed -e 's/@VERSION@/$(C_VERSION)/g' -e 's/@MAJOR@/$(C_MAJOR)/g' $(1) > $(2) && chmod 644 $(2)
INTO = $(DESTDIR)$(PREFIX)

##@ Build
install: $(C_INSTALL_FROM)/libskm.so ## library, headers, skm.pc, CMake package, man page (PREFIX, DESTDIR)
	@install -d $(INTO)/lib/pkgconfig $(INTO)/lib/cmake/skm $(INTO)/include $(INTO)/share/man/man3
	@install -m 755 $(C_INSTALL_FROM)/libskm.so $(INTO)/lib/libskm.so.$(C_VERSION)
	@ln -sf libskm.so.$(C_VERSION) $(INTO)/lib/libskm.so.$(C_MAJOR)
	@ln -sf libskm.so.$(C_MAJOR) $(INTO)/lib/libskm.so
	@install -m 644 $(C_INSTALL_FROM)/libskm.a $(INTO)/lib/libskm.a
	@install -m 644 include/skm.h include/skm.hpp $(INTO)/include
	@$(call filled_in,bindings/c/install/skm.pc.in,$(INTO)/lib/pkgconfig/skm.pc)
	@$(call filled_in,bindings/c/install/skm-config.cmake,$(INTO)/lib/cmake/skm/skm-config.cmake)
	@$(call filled_in,bindings/c/install/skm-config-version.cmake,$(INTO)/lib/cmake/skm/skm-config-version.cmake)
	@$(call filled_in,bindings/c/install/skm.3,$(INTO)/share/man/man3/skm.3)

##@ Ship
dist-c: zig-env ## dist/skm-c-…-linux-x86_64.tar.gz: libskm for glibc 2.17, checked
	$(ZIG_RUSTC) --package skm-c
	@$(MAKE) --no-print-directory check-dist-c
	@rm -rf $(C_BUILD)/stage && mkdir -p $(DIST)
	@$(MAKE) --no-print-directory install C_INSTALL_FROM=$(DIST_BUILT) DESTDIR=$(C_BUILD)/stage \
		PREFIX=/skm-$(C_VERSION)
	@cp LICENSE docs/c.md $(C_BUILD)/stage/skm-$(C_VERSION)/
	@cp docs/zh-CN/c.md $(C_BUILD)/stage/skm-$(C_VERSION)/c.zh-CN.md
	@mkdir $(C_BUILD)/stage/skm-$(C_VERSION)/examples
	@cp -r examples/c examples/cpp $(C_BUILD)/stage/skm-$(C_VERSION)/examples/
	@tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C $(C_BUILD)/stage \
		-czf $(DIST)/skm-c-$(C_VERSION)-linux-x86_64.tar.gz skm-$(C_VERSION)
	@echo "$(DIST)/skm-c-$(C_VERSION)-linux-x86_64.tar.gz"

check-dist-c:
	@$(PYTHON) tests/c/check_abi.py $(DIST_BUILT)/libskm.so $(C_BUILD)/suites
	@$(PYTHON) tests/c/check_dist.py $(DIST_BUILT)/libskm.so --glibc $(DIST_GLIBC) --ledger bindings/c/size-ledger.txt \
		--hidden $(CURDIR) --hidden $(TARGET_DIR) --hidden $(HOME)
	$(call keep_library,$(DIST_BUILT),$(C_BUILD)/shipped/plain)
	@$(call C_RUN,shipped,shipped)

dist: dist-c
