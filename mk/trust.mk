# Trust: proofs that it cannot fail open, hang, leak or lose (tests/trust; docs/trust.md says what each proves).

TRUST := tests/trust
TRUST_BUILT := $(TARGET_DIR)/trust
TRUST_VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
TRUST_MAJOR = $(firstword $(subst ., ,$(TRUST_VERSION)))
# Minutes of `make soak`, for each binding.
MINUTES ?= 10
# How large the log is from which `make evidence` erases a person.
MIB ?= 1024
TRUST_HARNESS = $(PYTHON) $(TRUST)/harness/$(1).py --built $(TRUST_BUILT) --command $(TRUST_BUILT)/skm \
	--left-out $(LEFT_OUT)

.PHONY: evidence trust-drivers test-trust faults canaries storm soak models freed helgrind check-unsafe sbom reproducible

test-all: test-trust
check: check-unsafe

# The libraries, which here can also panic on purpose, and a driver in each language, in a folder of their own:
# the suites of the bindings build the same files with other features.
trust-drivers:
	$(CARGO) build --locked --package skm-cli --package skm-trust --package skm-py --package skm-c --package skm-jni \
		--features skm-c/testing,skm-jni/testing,skm-jni/sandbox,skm-py/testing
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
	$(CC) -std=c11 -Wall -Wextra -Werror -O1 -g -shared -fPIC $(TRUST)/peek/peek.c -o $(TRUST_BUILT)/peek.so
	@sed 's/$${project.version}/$(TRUST_VERSION)/' java/skm/src/main/resources/io/skm/version.properties \
		> $(TRUST_BUILT)/java/io/skm/version.properties
	javac -nowarn -d $(TRUST_BUILT)/java $$(find java/skm/src/main/java -name '*.java' -not -path '*/junit/*') \
		java/skm/src/test/java/io/skm/TestingNative.java $$(find $(TRUST)/drivers/java -name '*.java')

##@ Test
test-trust: trust-drivers ## a sample of the fault matrix, the leak canaries, concurrency, freed memory
	@$(call TRUST_HARNESS,faults) --sample 12
	@$(call TRUST_HARNESS,canaries)
	@$(call TRUST_HARNESS,storm) --calls 2000
	@$(MAKE) --no-print-directory freed models

##@ Prove
faults: trust-drivers ## every fault × interface × binding × way of calling: writes docs/faults.md
	@$(call TRUST_HARNESS,faults) --write docs/faults.md

canaries: trust-drivers ## plant markers as secrets and personal data, then look for them everywhere
	@$(call TRUST_HARNESS,canaries)

storm: trust-drivers ## 10 000 calls from 64 threads on one client, a fifth of them failing; an outage; in each binding
	@$(call TRUST_HARNESS,storm)

soak: trust-drivers ## MINUTES=10 of calls in each binding: memory, threads and descriptors stay flat
	@$(call TRUST_HARNESS,soak) --minutes $(MINUTES)

freed: trust-drivers ## what memory holds once it is freed: an allocator that looks into every block, in each binding
	$(CARGO) test --locked --package skm-trust --test freed -- --nocapture --test-threads=1
	@$(call TRUST_HARNESS,freed)

evidence: ## the evidence log, at length: 200 kills, 3 processes of 16 threads, a person erased from MIB=1024, readers beside writers
	SKM_EVIDENCE_KILLS=200 SKM_EVIDENCE_CALLS=1000 SKM_EVIDENCE_READS=40 SKM_EVIDENCE_MIB=$(MIB) \
		$(CARGO) test --release --locked --package skm-client --test audit -- --nocapture --test-threads=1 \
		kill_9_of_one_writer three_processes no_call_is_stopped a_log_that_is_written_to when_all_calls

models: ## loom: every interleaving of the quota, the turns and the handle counter
	$(CARGO) test --locked --manifest-path $(TRUST)/loom/Cargo.toml --target-dir $(TRUST_BUILT)/loom

helgrind: trust-drivers ## the C driver with threads under valgrind's helgrind
	@$(call TRUST_HARNESS,helgrind)

##@ Check, format and generate
check-unsafe: ## `unsafe` per crate, held to tools/unsafe/ledger.txt
	@$(PYTHON) tools/unsafe/count.py

##@ Ship
sbom: ## dist/*.cdx.json: a bill of materials (CycloneDX 1.5) for each artefact
	@$(PYTHON) tools/sbom/sbom.py $(DIST)

dist: sbom

# Two checkouts of the last commit, each with a path and a target folder of its own: as two people would build it.
TWICE := $(TRUST_BUILT)/twice
TWICE_MAKE = $(MAKE) --no-print-directory -C $(TWICE)/$(1)/source wheel jar ZIG_ENV=$(ZIG_ENV) DIST=$(TWICE)/$(1)/dist \
	TARGET_DIR=$(TWICE)/$(1)/target CARGO_TARGET_DIR=$(TWICE)/$(1)/target

reproducible: zig-env ## wheel and JAR, built twice from different places: the same bytes
	@rm -rf $(TWICE)
	@mkdir -p $(TWICE)/one/source $(TWICE)/other/source $(TWICE)/one/dist $(TWICE)/other/dist
	@git archive HEAD | tar -x -C $(TWICE)/one/source
	@git archive HEAD | tar -x -C $(TWICE)/other/source
	$(call TWICE_MAKE,one)
	$(call TWICE_MAKE,other)
	@for file in $(TWICE)/one/dist/*.whl $(TWICE)/one/dist/*.jar; do \
		cmp $$file $(TWICE)/other/dist/$${file##*/} || exit 1; \
		echo "built twice, the same bytes: $${file##*/} $$(sha256sum < $$file | cut -c1-64)"; \
	done
