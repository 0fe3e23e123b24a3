# make setup | demo | test | bench. Each does its own set-up; all can be run again at any time.
SHELL := /bin/bash
BUILD := swift build -c release
ASSAY := .build/release/assay
PACKAGES := libopenblas-dev zlib1g-dev gnuplot-nox fonts-dejavu-core

.PHONY: setup build demo test bench clean

setup:
	@missing=""; for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q "ok installed" || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  echo "installing:$$missing"; \
	  sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

build: setup
	$(BUILD) --product assay

demo: build
	$(ASSAY) demo --out demo

test: setup
	$(BUILD) --build-tests --explicit-target-dependency-import-check error
	swift test -c release --skip-build

bench: build
	Benchmarks/run.sh

clean:
	rm -rf .build demo
