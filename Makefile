# The front door. Everything is done by CMake, ctest and Node; this file says
# in which order. `make help` lists what there is.

NODE_CASES = tests/cases tests/browser testbed
DEBUG = build/debug
PACKAGES = gcc clang cmake ninja-build pkg-config libevent-dev \
	libcurl4-openssl-dev libc-ares-dev libjansson-dev \
	libssl-dev libsqlite3-dev libinih-dev libargon2-dev libzip-dev \
	libexpat1-dev uthash-dev libcmocka-dev chromium \
	chromium-headless-shell clang-format curl \
	ca-certificates openssl sqlite3 python3 libpq-dev postgresql nginx-light \
	hunspell hunspell-en-gb apache2-bin caddy haproxy
ASAN_PACKAGES = libclang-rt-dev
DEB_PACKAGES = dpkg-dev debhelper lintian

.PHONY: all setup node-setup run check check-unit check-cases check-san \
	check-tsan check-soak check-guards check-deb bench fuzz lint format top install \
	dist deb clean help

all: setup node-setup ## build the release program
	@cmake --preset release >/dev/null
	@cmake --build build/release --target ltigate

setup: ## install the Debian packages that are missing
	@tools/setup $(PACKAGES)

node-setup: ## install the npm packages of the lock file
	@tools/setup --node

run: all ## build, then run the gateway with a testbed LMS beside it
	@tools/run

check: setup node-setup ## build with warnings as errors, pass every test
	@tools/check debug

check-san: setup node-setup ## the same on a build with ASan and UBSan
	@tools/setup $(ASAN_PACKAGES)
	@tools/check asan

check-tsan: setup node-setup ## the same on a build with TSan
	@tools/setup $(ASAN_PACKAGES)
	@tools/check tsan

check-soak: all ## mixed load and faults on both stores for TIME seconds (3600)
	@node tests/soak/soak.js $(or $(TIME),3600)

check-guards: ## rules of the tree that no compiler knows
	@tests/guards/run

bench: all ## measure, and print figures
	@cmake --build build/release --target load
	@tests/bench/run

fuzz: setup node-setup ## every fuzz target for TIME seconds (60)
	@tools/setup $(ASAN_PACKAGES)
	@cmake --preset fuzz >/dev/null
	@cmake --build build/fuzz
	@tests/fuzz/run $(or $(TIME),60)

lint: node-setup ## clang-tidy over the sources
	@cmake --preset debug >/dev/null
	@cmake --build $(DEBUG) --target core
	@clang-tidy --quiet -p $(DEBUG) src/*/*.c

format: ## clang-format over sources and tests
	@clang-format -i src/*/*.[ch] tests/*/*.[ch] tools/*.c

top: ## the ten longest functions and files
	@tools/top

install: all ## install into PREFIX (/usr/local)
	@cmake --install build/release --prefix $(or $(PREFIX),/usr/local)

dist: setup node-setup ## a source archive of the last commit, portal built
	@tools/dist build/dist

deb: setup node-setup ## a Debian package of the last commit
	@tools/setup $(DEB_PACKAGES)
	@tools/deb build/deb

check-deb: deb ## install, upgrade and remove it in a root of its own
	@tools/setup debootstrap systemd-container
	@tests/package/dist
	@tests/package/run build/deb

check-deb-%: setup node-setup ## the same, built on that Debian (trixie)
	@tools/setup debootstrap systemd-container
	@tests/package/build $* build/deb-$*
	@tests/package/run build/deb-$* $*

clean: ## remove what was built
	@rm -rf build

help: ## this list
	@grep -E '^[a-z%-]+:.*##' Makefile | \
		awk -F':.*## ' '{ printf "  %-14s %s\n", $$1, $$2 }'
