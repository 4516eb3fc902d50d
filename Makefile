# Two commands do everything, set-up included: `make demo` and `make test`.
SWIFT ?= swift
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
PREFIX ?= /usr/local

# What has to be there to build, and what the tests from outside need beside it.
BUILD_PACKAGES = libmodbus-dev libgpiod-dev zlib1g-dev
TEST_PACKAGES = python3 python3-pymodbus iproute2
# For the gates of .ci/run only.
GATE_PACKAGES = valgrind binutils

.PHONY: demo build release test format lint install packages-build packages-test packages-gates clean

demo: release
	.build/release/droopd demo $(DEMO_OPTIONS)

build: packages-build
	$(SWIFT) build

release: packages-build
	$(SWIFT) build -c release --product droopd

test: packages-build packages-test
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

format:
	$(SWIFT) format --in-place --recursive Sources Tests Benchmarks Package.swift

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks Package.swift

install: release
	install -D -m 755 .build/release/droopd $(DESTDIR)$(PREFIX)/bin/droopd
	cd Hardware/Profiles && find . -name '*.yaml' -exec install -D -m 644 {} $(DESTDIR)$(PREFIX)/share/droopd/profiles/{} \;

# Installs what is missing of a list of Debian packages, and says so first.
define need
	@missing=""; for package in $(1); do \
	    dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	    echo "Installing Debian packages:$$missing"; \
	    $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing; \
	fi
endef

packages-build:
	$(call need,$(BUILD_PACKAGES))

packages-test:
	$(call need,$(TEST_PACKAGES))

packages-gates:
	$(call need,$(GATE_PACKAGES))

clean:
	rm -rf .build .build-tsan droopd-demo
