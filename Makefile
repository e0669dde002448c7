# `make demo` and `make test` set everything up by themselves: all they need is Python 3.11 or later.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEVELOPING := $(VENV)/.developing
PEERS := gcc pkg-config libdpdk-dev libpcap-dev e2fsprogs libext2fs-dev
CAPTURE := examples/captures/services.pcap
DISK := $(VENV)/demo.img
IMAGE := examples/images/ext3.img.zst

.PHONY: help demo test test-long lint format bench bench-scale bench-ablation bench-rules bench-udf bench-xok bench-ash peers clean

help:
	@echo "make demo       install into $(VENV); filters on a real capture, templates on a real image, a file system on the exokernel"
	@echo "make test       install the test tools too, and run lint and tests (a quarter of an hour)"
	@echo "make test-long  the long property and fuzz runs"
	@echo "make lint       ruff, mypy --strict, import-linter"
	@echo "make bench      time dpfc beside libpcap; tables here, JSON in bench/results"
	@echo "make bench-scale     1 to 100,000 filters beside C by hand, librte_acl, eBPF and libpcap; insertion, building"
	@echo "make bench-ablation  what each optimization buys"
	@echo "make bench-rules     ClassBench rule sets beside librte_acl"
	@echo "make bench-udf       what a block owns, beside C by hand; walking an image, beside libext2fs and debugfs"
	@echo "make bench-xok       the disk model beside measured drives; C-FFS beside FFS, what protection costs, real time"
	@echo "make bench-ash       handlers and pipes beside C and eBPF; what handlers gain in the kernel, beside the paper"
	@echo "make clean      remove $(VENV) and caches"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "xok needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEVELOPING): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(INSTALLED)
	@echo; echo '$$ dpfc check examples/web.dpf'
	@$(BIN)/dpfc check examples/web.dpf
	@echo; echo '$$ dpfc run examples/web.dpf -r $(CAPTURE)'
	@$(BIN)/dpfc run examples/web.dpf -r $(CAPTURE)
	@echo; echo '$$ dpfc compile examples/web.dpf --emit asm | head -n 24'
	@$(BIN)/dpfc compile examples/web.dpf --emit asm -o - | head -n 24
	@echo; echo '$$ udfc check examples/pointers.udf'
	@$(BIN)/udfc check examples/pointers.udf
	@echo; echo '$$ udfc tree $(IMAGE) | head -n 24'
	@$(BIN)/udfc tree $(IMAGE) | head -n 24
	@echo; echo '$$ udfc audit $(IMAGE)'
	@$(BIN)/udfc audit $(IMAGE)
	@echo; echo '$$ xok mkfs $(DISK) --size 64M'
	@$(BIN)/xok mkfs $(DISK) --size 64M --force
	@echo; echo '$$ xok cp -r examples $(DISK):/'
	@$(BIN)/xok cp -r examples $(DISK):/
	@echo; echo '$$ xok ls -l $(DISK):/examples'
	@$(BIN)/xok ls -l $(DISK):/examples
	@echo; echo '$$ xok fsck $(DISK)'
	@$(BIN)/xok fsck $(DISK)
	@echo; echo '$$ udfc tree $(DISK) | head -n 8'
	@$(BIN)/udfc tree $(DISK) | head -n 8
	@echo; echo '$$ xok crash --generate 1 --sample 4 --states 400'
	@$(BIN)/xok crash --generate 1 --sample 4 --states 400
	@echo; echo "The commands are in $(BIN); README.md has a tour."

lint: $(DEVELOPING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEVELOPING)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

test: $(DEVELOPING)
	$(BIN)/python -m pytest -n 2 -m 'not long'

test-long: $(DEVELOPING)
	$(BIN)/python -m pytest -n 2

bench: $(DEVELOPING)
	$(BIN)/python -m bench

bench-scale: $(DEVELOPING) peers
	$(BIN)/python -m bench.scale

bench-ablation: $(DEVELOPING)
	$(BIN)/python -m bench.ablation

bench-rules: $(DEVELOPING) peers
	$(BIN)/python -m bench.rulesets
	$(BIN)/python -m bench.real_rules

bench-udf: $(DEVELOPING) peers
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m bench.udf
	$(BIN)/python -m bench.walk_image
	$(BIN)/python -m bench.prove

bench-xok: $(DEVELOPING)
	$(BIN)/python -m bench.disk_model
	$(BIN)/python -m bench.filesystems
	$(BIN)/python -m bench.protection
	$(BIN)/python -m bench.emulation

bench-ash: $(DEVELOPING)
	$(BIN)/python -m bench.ash_native
	$(BIN)/python -m bench.ash_kernel

# Whom we are compared with. Where they cannot be installed, the tables say who is absent.
peers:
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && ! pkg-config --exists libdpdk libpcap ext2fs 2>/dev/null; then \
	    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(PEERS); } >/dev/null 2>&1 \
	        || echo "peers not installed: $(PEERS)"; \
	fi

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
