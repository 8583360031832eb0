# `make` lists what there is. Everything that needs more than a line lives in deploy/local, which needs only a Python.

PYTHON ?= python3
ARGS ?=
LOCAL = $(PYTHON) -m deploy.local
VENV = .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run up down restart status logs migrate demo test check check-python check-dashboard fmt bench chaos scenarios rehearse-upgrade lock licences sbom audit environment

##@ Run
run: ## everything in the foreground: environment, servers, demo clinic, services; Ctrl-C stops it all
	@$(LOCAL) run

up: ## the same in the background; returns when every service is ready
	@$(LOCAL) up

down: ## stop the services and the private servers
	@$(LOCAL) down

restart: ## start the services anew with the code as it is now
	@$(LOCAL) restart

status: ## what runs, where, since when (ARGS=--json)
	@$(LOCAL) status $(ARGS)

logs: ## the end of the services' logs (ARGS="api -f" follows one)
	@$(LOCAL) logs $(ARGS)

migrate: ## bring the database to the newest schema
	@$(LOCAL) migrate

demo: up ## a simulated clinic day
	@eval "$$($(LOCAL) env --stack run)" && $(VENV)/python -m deploy.demo $(ARGS)

##@ Develop
test: check ## all checks and tests, on servers of their own (ARGS="tests/stack -k ports", KEEP=1 keeps them up)
	@$(with_test_servers) $(LOCAL) dashboard && \
		$(VENV)/python -m pytest --numprocesses auto --maxprocesses 4 $(ARGS)

check: ## format, lint, types, import rules; the dashboard's unit tests
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=line check-python check-dashboard

check-python: environment
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports

check-dashboard:
	@$(LOCAL) dashboard --packages
	cd services/dashboard && npm run --silent check

fmt: environment ## format, and repair what the linter can
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .
	@$(LOCAL) dashboard --packages
	cd services/dashboard && npm run --silent fix

bench: environment ## side by side with other ways to do it
	@$(with_test_servers) $(VENV)/python -m tests.bench $(ARGS)

chaos: environment ## faults under load, on servers of their own, with a ledger (ARGS="--seconds 60 broker-stopped")
	@$(VENV)/python -m tests.chaos $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

scenarios: environment ## the realtime gateway taken apart while clients follow it (ARGS="--seconds 60 churn flushed")
	@$(VENV)/python -m tests.scenarios $(ARGS)

rehearse-upgrade: environment ## an earlier release's processes beside ours, under load, on our schema (FROM=<tag or commit>)
	@test -n "$(FROM)" || { echo "which release is there before? make rehearse-upgrade FROM=<tag or commit>" >&2; exit 2; }
	@$(with_test_servers) PROSA_UPGRADE_FROM="$(FROM)" $(VENV)/python -m pytest -q --capture=no $(ARGS) tests/upgrade

##@ Maintain
lock: environment ## pin the requirements anew (ARGS=--upgrade takes newer versions)
	@cd requirements && for name in runtime dev tracing; do \
		echo "requirements/$$name.txt"; \
		../$(VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links $(ARGS) --output-file $$name.txt $$name.in || exit; \
	done

licences: environment ## write docs/licences.md anew; fails where one may not be shipped
	@$(VENV)/python -m deploy.supply licences

sbom: environment ## the bill of materials of what is shipped (CycloneDX), on standard output
	@$(VENV)/python -m deploy.supply sbom

# Strict: what nobody could be asked about is no good news. pip-audit comes for this call, pinned, from the package index.
audit: environment ## known vulnerabilities of what is shipped; asks the registries
	$(VENV)/uv tool run --from pip-audit==2.10.1 pip-audit --strict --require-hashes --disable-pip \
		--progress-spinner off --requirement requirements/runtime.txt
	cd services/dashboard && npm audit --omit=dev

environment: # .venv; nothing to do when requirements/dev.txt did not change
	@$(LOCAL) environment

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The test servers are left as they were found: stopped again at the end, unless they ran before or KEEP=1. The run
# stack's URLs are taken away, so that no test can meet its data.
define with_test_servers
set -e; \
$(LOCAL) status --stack test >/dev/null 2>&1 || [ -n "$(KEEP)" ] || \
	trap '$(LOCAL) servers down --stack test' EXIT; \
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM; \
$(LOCAL) servers up --stack test; \
urls=$$($(LOCAL) env --stack test); eval "$$urls"; \
unset DATABASE_URL REDIS_URL RABBITMQ_URL;
endef
