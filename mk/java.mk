# Java: the JAR with its native library, and its suites.

JAVA_VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
JAVA_TRIPLE := linux-x86_64
# What the suites load: a development build that can also panic on purpose.
JAVA_NATIVE_DEV := $(TARGET_DIR)/debug/libskm_jni.so
# Folders whose native/ goes into a JAR: that of the suites, and that which ships.
JAVA_NATIVES_DEV := $(TARGET_DIR)/java-natives/dev
JAVA_NATIVES_DIST := $(TARGET_DIR)/java-natives/dist
JAVA_JAR := skm-$(JAVA_VERSION).jar
MVN ?= mvn
JAVA_MVN = cd java && $(MVN) -Dskm.native.dir=$(TARGET_DIR)/debug
# Every JDK beside the default one, newest last; where there is none, the suite says so.
JAVA_OTHER_JDKS := $(shell ls -d /usr/lib/jvm/*/bin/java 2>/dev/null | xargs -r -n1 readlink -f | sort -uV \
	| grep -vxF "$$(readlink -f "$$(command -v java)")")
JAVA_OTHER_JDK := $(lastword $(JAVA_OTHER_JDKS))

.PHONY: clippy-java build-java build-java-native test-java test-java-jar jar test-jar install-java
test-all: test-java
dist: jar
check: clippy-java

build-java-native:
	$(CARGO) build --locked --package skm-jni --features sandbox,testing

# The workspace's own round sees the library without its features.
clippy-java:
	$(CARGO) clippy --locked --package skm-jni --all-targets --features sandbox,testing -- -D warnings

##@ Build
build-java: build-java-native ## Java: compile the library, the starter and the example
	$(JAVA_MVN) test-compile

##@ Test
test-java: build-java-native ## Java: every suite, on every JDK here, and the JAR alone
	@mkdir -p $(TARGET_DIR)
	bash java/checked.sh $(TARGET_DIR)/java-test.log $(MVN) -f java test -Dskm.native.dir=$(TARGET_DIR)/debug
ifneq ($(JAVA_OTHER_JDK),)
	bash java/checked.sh $(TARGET_DIR)/java-test-other.log $(MVN) -f java test -pl skm -Dskm.native.dir=$(TARGET_DIR)/debug \
		-Djvm=$(JAVA_OTHER_JDK) -Dskm.jvm.args=--enable-native-access=ALL-UNNAMED -Dskm.memory.skip=true
	@echo "LEFT OUT: Java: 200 000 calls in a small JVM on $(JAVA_OTHER_JDK): run on the default JDK only" | tee -a $(LEFT_OUT)
	@echo "LEFT OUT: Java: the Spring Boot starter on $(JAVA_OTHER_JDK): run on the default JDK only" | tee -a $(LEFT_OUT)
else
	@echo "LEFT OUT: Java: a second JDK: there is only one under /usr/lib/jvm" | tee -a $(LEFT_OUT)
endif
	@echo "LEFT OUT: Java: running on JDK 8, 11 and 21 themselves: class-file version and --release 8 stand in" \
		| tee -a $(LEFT_OUT)
	@$(MAKE) --no-print-directory test-java-jar

# The JAR as it ships, but with the development library, stripped: alone on a class path.
test-java-jar: build-java-native
	@mkdir -p $(JAVA_NATIVES_DEV)/native/$(JAVA_TRIPLE)
	strip --strip-debug -o $(JAVA_NATIVES_DEV)/native/$(JAVA_TRIPLE)/libskm_jni.so $(JAVA_NATIVE_DEV)
	$(JAVA_MVN) package -pl skm -DskipTests -Dskm.natives=$(JAVA_NATIVES_DEV)
	bash java/smoke/run.sh java/skm/target/$(JAVA_JAR) $(LEFT_OUT) java $(JAVA_OTHER_JDK)

##@ Ship
jar: zig-env ## Java: dist/skm-<version>.jar for glibc 2.17, with sources and javadoc
	$(ZIG_RUSTC) --package skm-jni --features sandbox
	@mkdir -p $(JAVA_NATIVES_DIST)/native/$(JAVA_TRIPLE) $(DIST)
	cp $(DIST_BUILT)/libskm_jni.so $(JAVA_NATIVES_DIST)/native/$(JAVA_TRIPLE)/
	bash java/native-check.sh $(JAVA_NATIVES_DIST)/native/$(JAVA_TRIPLE)/libskm_jni.so $(DIST_GLIBC)
	$(JAVA_MVN) clean package -Prelease -pl skm,spring-boot-starter -DskipTests -Dskm.natives=$(JAVA_NATIVES_DIST)
	cp java/skm/target/skm-$(JAVA_VERSION)*.jar java/spring-boot-starter/target/skm-spring-boot-starter-$(JAVA_VERSION).jar $(DIST)/

test-jar: jar ## Java: the shipped JAR alone on a class path, and built twice with equal bytes
	bash java/smoke/run.sh $(DIST)/$(JAVA_JAR) $(LEFT_OUT) java $(JAVA_OTHER_JDK)
	$(JAVA_MVN) clean package -pl skm -DskipTests -Dskm.natives=$(JAVA_NATIVES_DIST)
	cmp java/skm/target/$(JAVA_JAR) $(DIST)/$(JAVA_JAR)

##@ Build
install-java: jar ## Java: put io.skm:skm and the starter into the local Maven repository
	$(JAVA_MVN) install -N
	$(JAVA_MVN) install -pl skm,spring-boot-starter -DskipTests -Dskm.natives=$(JAVA_NATIVES_DIST)
