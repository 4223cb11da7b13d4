# What there is to do with this package. Everything runs as root or with sudo for the packages, and without either if they are there.

# The Debian packages that the C libraries come from (see Package.swift).
APT_PACKAGES = libjpeg62-turbo-dev libsndfile1-dev libspng-dev libtiff-dev libzstd-dev zlib1g-dev pkg-config
# What the kernels' test on 64-bit ARM takes besides.
NEON_PACKAGES = gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
# What the report's page is tested in; without it these tests are skipped.
PAGE_PACKAGES = chromium
CODEC = codecs/ecg
CODECS = $(wildcard codecs/*)
PYTHON = .build/venv/bin/python3
PROGRAM = .build/release/aecodec

.PHONY: build install test page-test lint report results architectures bench demo fuzz neon packages clean

build: packages
	swift build -c release

# The programs, their manual pages, completions for bash, zsh and fish, and the codecs; DESTDIR is for those who make packages.
PREFIX = /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share
COMPLETIONS = bash-completion/completions zsh/site-functions fish/vendor_completions.d
install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(addprefix $(SHARE)/,man/man1 $(addprefix aecodec/,$(CODECS)) $(COMPLETIONS))
	install .build/release/aecodec .build/release/aeenc .build/release/aedec $(DESTDIR)$(PREFIX)/bin
	python3 docs/manual.py .build/release $(SHARE)/man/man1
	$(PROGRAM) --generate-completion-script bash > $(SHARE)/bash-completion/completions/aecodec
	$(PROGRAM) --generate-completion-script zsh > $(SHARE)/zsh/site-functions/_aecodec
	$(PROGRAM) --generate-completion-script fish > $(SHARE)/fish/vendor_completions.d/aecodec.fish
	for codec in $(CODECS); do install -m 644 $$codec/config.json $$codec/model.safetensors $$codec/README.md $(SHARE)/aecodec/$$codec; done

# Everything goes to a log as well; what failed stands in the last lines again, so that the end of the output says which test it was.
TEST_LOG = .build/test.log
FAILURES = ✘|↳|recorded an issue|error:|Fatal error
test: SHELL = /bin/bash
test: APT_PACKAGES += $(NEON_PACKAGES)
test: packages lint neon $(PYTHON)
	@set -o pipefail; mkdir -p .build; \
	swift test -c release 2>&1 | tee $(TEST_LOG) | sed '/ started\.$$/d'; status=$$?; \
	if [ $$status != 0 ]; then echo "Failed, from $(TEST_LOG):"; grep -E '$(FAILURES)' $(TEST_LOG) | grep -Ev '↳ (Testing Library|Target Platform|///)' | cut -c 1-1000 | tail -n 60; fi; exit $$status

# The report's page in a real browser.
page-test: APT_PACKAGES += $(PAGE_PACKAGES)
page-test: packages
	swift test -c release --filter 'PageTests|BrowserTests'

# What the second decoder takes, and a BD-rate to compare ours with, from PyPI; without them their tests are skipped.
$(PYTHON):
	python3 -m venv .build/venv && .build/venv/bin/pip install --quiet numpy zstandard || echo "no Python packages: the second decoder is not tested"
	.build/venv/bin/pip install --quiet bjontegaard || echo "no Python package bjontegaard: BD-rate is compared with recorded figures only"

# Damaged inputs for every way into the program: a million and more; SEED=2 for others.
SEED = 1
fuzz: packages
	swift build -c release --product Fuzz
	for part in "description 400000" "csv 250000" "wfdb 200000" "idx 200000" "picture 200000" "sound 200000" "codes 200000" "codec 60000" "payload 60000" "container 40000"; do \
	  set -- $$part; .build/release/Fuzz $$1 $$2 $(SEED) || exit 1; done

lint:
	swift format lint --strict --recursive Package.swift Sources Tests Fuzz Benchmarks

# Encodes and decodes the samples, and draws original over decoded signal, and a map of pictures: .build/demo/*.svg, .build/demo/*.html
demo: packages
	swift build -c release --product aecodec
	samples/demo.sh $(PROGRAM) codecs .build/demo

# Rate and distortion of the codec beside what people use: on MIT-BIH's test records where they are beside the repository, else on the samples.
MITDB = ../shared/data/ecg/mitdb
MNIST = ../shared/data/mnist
FASHION = ../shared/data/fashion-mnist
RECORDS = $(addprefix $(MITDB)/,100 103 117 121 213 232)
PEERS = wavelet,pca,zfp,flac,xz,bzip2
REPORT = $(PROGRAM) report --codec $(CODEC) --against $(PEERS) --range 4,16
report: packages
	swift build -c release --product aecodec
	if [ -e $(MITDB)/100.hea ]; then $(REPORT) -f -o .build/report --signals 0 $(RECORDS); else $(REPORT) -f -o .build/report samples; fi

# The same, kept for the release; a test holds the shipped codec to it. Times are not kept, so all processors may work.
architectures: packages
	swift build -c release --product aecodec
	python3 docs/architectures/measure.py .build/release/aecodec .build/architectures $(MNIST) $(FASHION) $(MITDB)
	cp .build/architectures/architectures.md docs/architectures.md

results: packages
	swift build -c release --product aecodec
	$(REPORT) -j $$(nproc) -f -o .build/results/samples samples
	if [ -e $(MITDB)/100.hea ]; then $(REPORT) -j $$(nproc) -f -o .build/results/mitdb --signals 0 $(RECORDS); fi
	python3 docs/results/record.py .build/results docs/results

# Times of the finished program, by chunk length, jobs and length of the signal; then of the kernels against PyTorch, where that is installed.
bench: APT_PACKAGES += time
bench: packages
	swift build -c release --product aecodec
	Benchmarks/throughput.sh $(PROGRAM) $(CODEC)
	Benchmarks/speech.sh $(PROGRAM) codecs/speech
	if [ -x Benchmarks/run ] && python3 -c 'import torch' 2>/dev/null; then Benchmarks/run; fi

# The kernels' NEON path, under emulation, against the bits of this machine's paths: some ten seconds, and a part of `make test`.
neon: APT_PACKAGES += $(NEON_PACKAGES)
neon: packages
	Tests/neon/run

packages:
	@missing=""; for p in $(APT_PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q "install ok installed" || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  run=""; [ "$$(id -u)" = 0 ] || run=sudo; \
	  $$run apt-get update -q && $$run apt-get install -q -y --no-install-recommends $$missing; fi

clean:
	rm -rf .build
