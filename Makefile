# Two commands do everything, set-up included: `make demo` and `make test`.
SWIFT ?= swift
# The same flags for a terminal and a pipe, so that both share one build.
BUILD = $(SWIFT) build --no-color-diagnostics
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
PREFIX ?= /usr/local

# What has to be there to build, and what the tests from outside need beside it.
BUILD_PACKAGES = libmodbus-dev libgpiod-dev zlib1g-dev
TEST_PACKAGES = python3 python3-pymodbus python3-jsonschema python3-yaml iproute2
# For the gates of .ci/run only.
GATE_PACKAGES = valgrind binutils systemd

# For make bench-hardware, beside what Hardware/Bench/fetch gets for itself.
BENCH_PACKAGES = gcc libgpiod-dev gpiod
BENCH = .build/bench-hardware
BENCH_CACHE ?= $(HOME)/.cache/droopd-bench

.PHONY: help demo build release test format lint install bench-hardware campaign packages-build packages-test packages-gates packages-bench clean

help: ## List these targets
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: release ## Run a simulated depot through a real grid event
	.build/release/droopd demo $(DEMO_OPTIONS)

build: packages-build ## Build for debugging
	$(BUILD)

release: packages-build ## Build for installation
	$(BUILD) -c release --product droopd

test: packages-build packages-test ## Build and run all tests
	$(BUILD) --build-tests
	$(SWIFT) test --no-color-diagnostics --skip-build

# The interlocks of the built program on simulated chips, under a real-time kernel in an emulated machine; the seam to libgpiod by both its versions.
bench-hardware: release packages-bench ## Test the interlocks on simulated GPIO chips under a real-time kernel
	Hardware/Bench/fetch --libgpiod2
	mkdir -p $(BENCH)
	gcc -O2 -Wall -Wextra -Werror -ISources/CGPIO/include -o $(BENCH)/reference Hardware/Bench/reference.c Sources/CGPIO/cgpio.c -lgpiod
	gcc -O2 -Wall -Wextra -Werror -o $(BENCH)/relay Hardware/Bench/relay.c
	gcc -O2 -Wall -Wextra -Werror -ISources/CGPIO/include -o $(BENCH)/seam1 Hardware/Bench/seam.c Sources/CGPIO/cgpio.c -lgpiod
	gcc -O2 -Wall -Wextra -Werror -I$(BENCH_CACHE)/libgpiod2/include -ISources/CGPIO/include -o $(BENCH)/seam2 Hardware/Bench/seam.c Sources/CGPIO/cgpio.c $(BENCH_CACHE)/libgpiod2/lib/libgpiod.a
	Hardware/Bench/boot Hardware/Bench/selftest
	Hardware/Bench/boot Hardware/Bench/seams $(BENCH)/seam1 $(BENCH)/seam2
	Hardware/Bench/hardware-watchdog .build/release/droopd
	Hardware/Bench/boot --timeout 600 Hardware/Bench/interlocks .build/release/droopd $(BENCH)/reference $(BENCH)/relay
	Hardware/Bench/boot --timeout 600 --keep Hardware/Bench/interlocks .build/release/droopd $(BENCH)/reference $(BENCH)/relay

# Seeded faults against the built program, watched from the devices' side.
CAMPAIGN_RUNS ?= 510
campaign: packages-build ## Inject seeded faults into the built program (CAMPAIGN_RUNS=510)
	$(BUILD) -c release
	.build/release/FaultCampaign --program .build/release/droopd --runs $(CAMPAIGN_RUNS) $(CAMPAIGN_OPTIONS)

format: ## Format the sources
	$(SWIFT) format --in-place --recursive Sources Tests Benchmarks Package.swift

lint: ## Check the format
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks Package.swift

install: release ## Install below PREFIX=/usr/local
	install -D -m 755 .build/release/droopd $(DESTDIR)$(PREFIX)/bin/droopd
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's,/usr/local,$(PREFIX),' systemd/droopd.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/droopd.service
	install -D -m 644 systemd/droopd.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/droopd.conf
	install -D -m 644 systemd/droopd.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/droopd.conf
	install -D -m 644 systemd/60-droopd.rules $(DESTDIR)$(PREFIX)/lib/udev/rules.d/60-droopd.rules
	install -D -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/droopd/README.md
	install -D -m 644 systemd/watchdog.conf $(DESTDIR)$(PREFIX)/share/doc/droopd/watchdog.conf
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

packages-bench:
	$(call need,$(BENCH_PACKAGES))

packages-gates:
	$(call need,$(GATE_PACKAGES))

clean: ## Delete all build products
	rm -rf .build .build-tsan droopd-demo
