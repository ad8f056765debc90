# Everything a developer types. `make test` is what the checks run, whole.

SHELL  := bash
GO     ?= go
TOOL   := $(GO) tool -modfile=tools.mod
MODULE := guildhall

# Packages whose tests run goroutines against each other: with the race detector.
RACED    = $(filter $(addprefix $(MODULE)/internal/,db db/% jobs jobs/% auth auth/% booking booking/% events events/% idempotency),$(PACKAGES))
BROWSER  = $(filter $(MODULE)/e2e $(MODULE)/e2e/%,$(PACKAGES))
PLAIN    = $(filter-out $(RACED) $(BROWSER),$(PACKAGES))
PACKAGES = $(eval PACKAGES := $(shell $(GO) list ./...))$(PACKAGES)

FUZZTIME ?= 20s

.PHONY: help run demo test needs format vet staticcheck insync unit races journeys generate assets bench pictures fuzz
.NOTPARALLEL:

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## an installation of your own, with the pages for developers
	$(GO) run ./cmd/server serve --dev

demo: ## the demo space, seeded and running
	$(GO) run ./cmd/server demo

test: needs format insync vet staticcheck races unit journeys ## everything that must pass

needs: ## installs what the tests need beside Go, where it may
	@scripts/needs.sh

format: ## no file that gofmt would change
	@out=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$out" ]; then echo "gofmt would change:"; echo "$$out"; exit 1; fi

insync: ## generated code is what its sources say
	@scripts/insync.sh

vet:
	$(GO) vet ./...

staticcheck:
	$(TOOL) staticcheck ./...

races: ## the packages that run goroutines against each other
	$(if $(RACED),$(GO) test -race -timeout 10m $(RACED))

unit: ## every other package but the browser's
	$(GO) test -timeout 10m $(PLAIN)

journeys: ## real Chromium, and the program under faults
	$(if $(BROWSER),$(GO) test -count=1 -p 1 -timeout 12m $(BROWSER))

generate: ## templ to Go
	$(TOOL) templ generate -log-level error

assets: ## styles, scripts, icons and fonts to web/static
	$(GO) generate ./web/static

bench: ## the figures of docs/performance.md
	$(GO) run ./bench -into docs/performance.md

pictures: ## the manual's pictures, taken anew
	GUILDHALL_PICTURES=1 $(GO) test -count=1 -timeout 12m -run 'Pictures' ./e2e

fuzz: ## every fuzz test for FUZZTIME
	@scripts/fuzz.sh $(FUZZTIME)
