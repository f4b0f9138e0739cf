# Trust: proofs that it cannot fail open, hang, leak or lose (tests/trust; docs/trust.md says what each proves).

TRUST := tests/trust
TRUST_BUILT := $(TARGET_DIR)/trust
TRUST_VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
TRUST_MAJOR = $(firstword $(subst ., ,$(TRUST_VERSION)))
# Minutes of `make soak`, for each binding.
MINUTES ?= 10
TRUST_HARNESS = $(PYTHON) $(TRUST)/harness/$(1).py --built $(TRUST_BUILT) --command $(TRUST_BUILT)/skm --left-out $(LEFT_OUT)

.PHONY: trust-drivers test-trust faults canaries storm soak models freed helgrind check-unsafe sbom reproducible

test-all: test-trust
check: check-unsafe

# The libraries, of which C and Java can also panic on purpose, and a driver in each language, in a folder of their own:
# the suites of the bindings build the same files with other features.
trust-drivers:
	$(CARGO) build --locked --package skm-cli --package skm-trust --package skm-py --package skm-c --package skm-jni \
		--features skm-c/testing,skm-jni/testing,skm-jni/sandbox
	@rm -rf $(TRUST_BUILT)/java $(TRUST_BUILT)/python
	@mkdir -p $(TRUST_BUILT)/native $(TRUST_BUILT)/java/io/skm $(TRUST_BUILT)/python
	@cp $(TARGET_DIR)/debug/skm $(TRUST_BUILT)/skm
	@cp $(TARGET_DIR)/debug/skm-trust $(TRUST_BUILT)/driver-rust
	@cp $(TARGET_DIR)/debug/libskm.so $(TARGET_DIR)/debug/libskm_jni.so $(TRUST_BUILT)/native/
	@ln -sf libskm.so $(TRUST_BUILT)/native/libskm.so.$(TRUST_MAJOR)
	@cp -r python/skm $(TRUST_BUILT)/python/
	@cp $(TARGET_DIR)/debug/lib_native.so $(TRUST_BUILT)/python/skm/_native.abi3.so
	$(CC) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -g -DTRUST_TESTING -Iinclude $(TRUST)/drivers/c/*.c \
		-o $(TRUST_BUILT)/driver-c -L$(TRUST_BUILT)/native -lskm -lpthread -Wl,-rpath,$(TRUST_BUILT)/native
	@sed 's/$${project.version}/$(TRUST_VERSION)/' java/skm/src/main/resources/io/skm/version.properties \
		> $(TRUST_BUILT)/java/io/skm/version.properties
	javac -nowarn -d $(TRUST_BUILT)/java $$(find java/skm/src/main/java -name '*.java' -not -path '*/junit/*') \
		java/skm/src/test/java/io/skm/TestingNative.java $$(find $(TRUST)/drivers/java -name '*.java')

test-trust: trust-drivers ## a sample of the fault matrix, the leak canaries, concurrency, freed memory
	@$(call TRUST_HARNESS,faults) --sample 12
	@$(call TRUST_HARNESS,canaries)
	@$(call TRUST_HARNESS,storm) --calls 2000
	@$(MAKE) --no-print-directory freed

faults: trust-drivers ## every fault × interface × binding × way of calling: writes docs/faults.md
	@$(call TRUST_HARNESS,faults) --write docs/faults.md

canaries: trust-drivers ## plant markers as secrets and personal data, then look for them everywhere
	@$(call TRUST_HARNESS,canaries)

storm: trust-drivers ## 10 000 calls from 64 threads on one client, a fifth of them failing; in each binding
	@$(call TRUST_HARNESS,storm)

soak: trust-drivers ## MINUTES=10 of calls in each binding: memory, threads and descriptors stay flat
	@$(call TRUST_HARNESS,soak) --minutes $(MINUTES)

freed: ## what memory holds once it is freed
	$(CARGO) test --locked --package skm-trust --test freed -- --nocapture --test-threads=1
