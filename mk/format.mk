# One formatter for each language, in the settings nearest to how the sources were written by hand: rustfmt.toml,
# .clang-format, ruff.toml, and palantir-java-format, which has no settings. What cannot be installed is left out with a
# line.

FORMAT := $(TARGET_DIR)/format
FORMAT_PYTHON := ruff==0.17.6 clang-format==23.1.5
# The workspaces that `cargo fmt --all` of the first one does not reach.
FORMAT_TOO := fuzz/Cargo.toml tests/trust/loom/Cargo.toml tools/header/Cargo.toml
# include/skm.h is written by a generator.
FORMAT_C = $(filter-out include/skm.h,$(shell git ls-files '*.c' '*.h' '*.cpp' '*.hpp'))
FORMAT_PY = $(shell git ls-files '*.py' '*.pyi')
# Files with rows that `make generate` writes keep its line breaks.
FORMAT_JAVA = $(shell git grep --files-without-match 'end of generated:' -- '*.java')
# The formatter reads the compiler's own trees.
FORMAT_JAVAC := $(foreach part,api code file parser tree util,--add-exports jdk.compiler/com.sun.tools.javac.$(part)=ALL-UNNAMED)

.PHONY: fmt check-fmt format-rust format-python format-java

check: check-fmt

##@ Check, format and generate
fmt: format-rust format-python format-java ## format Rust, C, C++, Python and Java

# $(MAKE) check-fmt: the same three, which then only compare.
check-fmt: export FORMAT_CHECK := yes
check-fmt: format-rust format-python format-java ## everything is formatted as `make fmt` would leave it

format-rust:
	@$(CARGO) fmt --all $${FORMAT_CHECK:+--check}
	@for manifest in $(FORMAT_TOO); do $(CARGO) fmt --manifest-path $$manifest $${FORMAT_CHECK:+--check} || exit 1; done

# ruff for Python and clang-format for C come from the same registry.
format-python:
	@if ! $(MAKE) --no-print-directory $(FORMAT)/ready; then \
		echo "LEFT OUT: format of C, C++ and Python: clang-format and ruff cannot be installed"; exit 0; \
	fi; \
	$(FORMAT)/bin/ruff format --no-cache --quiet $${FORMAT_CHECK:+--diff} $(FORMAT_PY) && \
	$(FORMAT)/bin/clang-format $${FORMAT_CHECK:+--dry-run --Werror} -i $(FORMAT_C)

$(FORMAT)/ready: mk/format.mk
	$(PYTHON) -m venv $(FORMAT)
	$(FORMAT)/bin/python -m pip install --quiet --disable-pip-version-check $(FORMAT_PYTHON)
	@touch $@

format-java:
	@if ! command -v java >/dev/null || ! $(MAKE) --no-print-directory $(FORMAT)/java/ready; then \
		echo "LEFT OUT: format of Java: there is no JDK with Maven, or palantir-java-format cannot be downloaded"; exit 0; \
	fi; \
	java $(FORMAT_JAVAC) -cp '$(FORMAT)/java/*' com.palantir.javaformat.java.Main --palantir \
		$$([ -n "$$FORMAT_CHECK" ] && echo --dry-run --set-exit-if-changed || echo --replace) $(FORMAT_JAVA)

$(FORMAT)/java/ready: tools/format/pom.xml
	$(MVN) --batch-mode --quiet -f tools/format/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
		-DoutputDirectory=$(FORMAT)/java
	@touch $@
