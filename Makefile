# make setup | demo | test | bench | check-imitation. Each does its own set-up; all can be run again at any time.
SHELL := /bin/bash
BUILD := swift build -c release
ASSAY := .build/release/assay
# What `make test` needs besides: to run the notebooks (18 MB to fetch), and a browser for the playground (64 MB) where there is none.
TEST_PACKAGES := jupyter-nbconvert python3-ipykernel python3-pandas
BROWSERS := chromium chromium-headless-shell chromium-browser google-chrome google-chrome-stable
PACKAGES := libopenblas-dev zlib1g-dev libsqlite3-dev gnuplot-nox fonts-dejavu-core python3-venv time

.PHONY: setup setup-browser build demo test check-imitation bench figures coverage clean docs/reward-terms.md

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

# Tests of the playground are skipped where no Chromium can be had.
setup-browser:
	@if [ -z "$$(command -v $(BROWSERS))" ]; then \
	  echo "installing: chromium-headless-shell"; sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -qq; DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null \
	    || echo "no Chromium from this distribution's packages: the playground is not tested"; \
	fi

test: PACKAGES += $(TEST_PACKAGES)
test: setup setup-browser
	$(BUILD) --build-tests --explicit-target-dependency-import-check error
	swift test -c release --skip-build

# What needs PyTorch, and is therefore no part of `make test`: Python's imitation reads our demonstrations and trains on them beside us.
check-imitation: build
	scripts/check_demonstrations.sh

bench: build
	$(BUILD) --product assay-bench
	Benchmarks/run.sh

# The figures of the README, from the real bars in ../shared/data.
figures: build
	$(ASSAY) ev rewards/btc-s1.yaml rewards/btc-s2.yaml rewards/btc-s3.yaml --bars ../shared/data/crypto/btcusdt_1h_binance_spot.csv.gz \
	  --from 2020-01-01 --to 2025-01-01 --out out/readme --force >/dev/null
	cp out/readme/plots/ev-compare.svg out/readme/plots/ev-btc-s3-values.svg out/readme/plots/ev-btc-s3-hit-rate.svg plots/reference/

# The page of all reward terms, from their cards.
docs/reward-terms.md: build
	$(ASSAY) explain --all terms --markdown > $@

coverage: setup
	$(BUILD) --product assay-bench
	.build/release/assay-bench coverage
	.build/release/assay-bench edges
	.build/release/assay-bench synthetic

clean:
	rm -rf .build demo
