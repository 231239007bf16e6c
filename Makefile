# Needs Python 3.11 or newer and make, nothing else; everything it installs stays in this folder.

SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help

PYTHON ?= python3
STATE ?= var
WORKERS ?= 2
TOOLS := .tools
UV := $(TOOLS)/bin/uv
PACKAGES := .venv/installed
TEST_PACKAGES := .venv/installed-for-tests
RUN := .venv/bin

# The environment belongs to this folder, whatever the shell that calls has active; packages are copied where hard links fail.
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV
# Without compiled modules each start of a service would take three times as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up demo test test-compose check dependency-audit sbom bench format clean-state clean

help:  ## Show what there is to do.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(PACKAGES)  ## Start everything and watch it, until Ctrl-C.
	@exec $(RUN)/dutyclock up --state $(STATE)

demo: $(PACKAGES)  ## Play the main job on a fast clock and check every figure.
	@exec $(RUN)/dutyclock demo

test: $(TEST_PACKAGES)  ## Run everything that CI runs: all tests against real servers, the static checks beside them.
	@mkdir -p .tools; status=0; \
	$(MAKE) --no-print-directory check > .tools/check.log 2>&1 & check=$$!; \
	$(RUN)/pytest -n $(WORKERS) --dist loadgroup $(TESTS) || status=$$?; \
	wait $$check || status=1; \
	cat .tools/check.log; exit $$status

test-compose: $(TEST_PACKAGES)  ## Build the containers and try them for real, with the Docker engine that DOCKER_HOST names.
	DUTYCLOCK_COMPOSE_TEST=1 $(RUN)/pytest -n0 -s -x tests/compose/live

check: $(TEST_PACKAGES)  ## Run the static checks: style, types, who may import whom, Dockerfile and scripts, policy, drift of documents, known weaknesses.
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/lint-imports
	$(RUN)/hadolint Dockerfile
	$(RUN)/shellcheck $$(grep -rlE '^#!(/bin/(ba)?sh|/usr/bin/env bash)' .ci deploy)
	$(RUN)/dutyclock policy check
	$(RUN)/dutyclock documents --check
	$(RUN)/pyright
	@UV_HTTP_RETRIES=0 $(MAKE) --no-print-directory dependency-audit || \
	  echo "已知漏洞见上；请运行 make dependency-audit。KNOWN WEAKNESSES, SEE ABOVE: NOT FATAL HERE, FATAL IN make dependency-audit."

dependency-audit: $(TEST_PACKAGES)  ## Ask which locked packages have known weaknesses; where the world cannot be asked, say so loudly.
	@status=0; $(UV) audit --frozen --preview-features audit-command || status=$$?; \
	if [ $$status -gt 1 ]; then \
	  echo "依赖漏洞未查：无法联网，或 uv 过旧。THE DEPENDENCIES WERE NOT AUDITED: THE WORLD CANNOT BE ASKED FROM HERE, OR UV IS TOO OLD."; \
	else exit $$status; fi

sbom: $(PACKAGES)  ## Write what the image is made of, from the lock file: sbom.cdx.json (CycloneDX 1.5).
	@$(UV) export --frozen --quiet --no-dev --format cyclonedx1.5 --output-file sbom.cdx.json > /dev/null
	@echo "sbom.cdx.json"

format: $(TEST_PACKAGES)  ## Put the code into the house's style.
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

bench: $(TEST_PACKAGES)  ## Measure this machine, each figure beside its physical limit.
	$(RUN)/python -m benchmarks

clean-state:  ## Forget everything that `make up` has stored.
	@[ ! -e "$(STATE)/lock" ] || $(PYTHON) -c \
	  'import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)' "$(STATE)/lock" 2>/dev/null || { \
	  echo "✗ $(STATE) 正在使用中；请先用 Ctrl-C 停止。"; \
	  echo "  $(STATE) is in use; stop it with Ctrl-C first."; exit 1; } >&2
	rm -rf "$(STATE)"

clean:  ## Remove the installation and all caches; the stored state stays.
	rm -rf .venv .tools .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

# Installed anew only when the lock file or the project's description has changed. What only tests need stays out of `make up`.
$(PACKAGES): uv.lock pyproject.toml $(UV)
	@echo "安装依赖 Installing …"
	@$(UV) sync --frozen --quiet --no-dev --inexact --extra report --python $(TOOLS)/bin/python
	@touch $@

$(TEST_PACKAGES): uv.lock pyproject.toml $(UV)
	@echo "安装依赖与测试工具 Installing, test tools included …"
	@$(UV) sync --frozen --quiet --extra report --python $(TOOLS)/bin/python
	@touch $(PACKAGES) $@

$(UV):
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "✗ 未找到 $(PYTHON)；请安装 Python 3.11 或更新版本。"; \
	  echo "  $(PYTHON) was not found; install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3"; exit 1; } >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "✗ $(PYTHON) 版本过旧（$$($(PYTHON) -V 2>&1)）；需要 Python 3.11 或更新版本。"; \
	  echo "  $(PYTHON) is too old ($$($(PYTHON) -V 2>&1)); Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "✗ 此 Python 缺少 venv；在 Debian 或 Ubuntu 上请安装 python3-venv。"; \
	  echo "  This Python lacks venv; on Debian or Ubuntu install python3-venv."; exit 1; } >&2
	@echo "准备安装工具 Fetching the installer …"
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.10,<1'
