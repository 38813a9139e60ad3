# Saluran: make run, make test, make build. `make help` says more.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export SALURAN_ADDR ?= localhost:8080
export SALURAN_DB   ?= sqlite:./data/saluran.db
GO      ?= go
export GOFLAGS ?= -mod=readonly
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)

# What the pages' assets are made of; their style sheet keeps only what the templates use.
WEB := $(shell find web \( -path web/node_modules -o -path web/dist \) -prune -o -type f \
         \( -name '*.json' -o -name '*.css' -o -name '*.scss' -o -name '*.js' -o -name '*.mjs' -o -name '*.svg' -o -name '*.templ' \) -print)

.PHONY: help run build test lint fuzz scan pictures lighthouse guide assets generate clean

help: ## this text
	@echo "Saluran"; awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: build ## install, build, load the demonstration channel once, and serve on http://$(SALURAN_ADDR)
	@exec bin/saluran serve --demo

build: assets ## build bin/saluran
	@mkdir -p bin
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/saluran ./cmd/saluran

assets: web/node_modules/.built ## build web/dist with Node

web/node_modules/.built: $(WEB)
	cd web && npm ci --no-audit --no-fund && npm run build
	@touch $@

generate: ## write the *_templ.go files anew
	cd web && $(GO) tool templ generate

lint: assets ## formatting, vet, generated files, layers
	@.ci/lint

test: assets ## everything on SQLite (with the race detector) and MariaDB, and the browser walks (PKG=./internal/trade: that alone)
	@mkdir -p bin && $(GO) build -o bin/testall .ci/testall.go .ci/testjobs.go .ci/mariadb.go && exec bin/testall $(PKG)

fuzz: ## every fuzz target for a minute (FUZZTIME=60s; ONLY=word: targets whose name holds it)
	@mkdir -p bin && $(GO) build -o bin/fuzz .ci/fuzz.go && exec bin/fuzz $(ONLY)

scan: build ## sqlmap and wapiti against a demonstration of its own on loopback, for a bounded time
	@exec .ci/scan

pictures: assets ## every page by role, at 390 and 1440 pixels, by day and night, in both languages, into bin/pictures (ONLY=word: sights whose name holds it)
	@exec .ci/pictures

lighthouse: build ## Lighthouse over the main pages of a demonstration of its own, goals beside (SAMPLES=5; ONLY=word; PERFORMANCE=0: speed is not judged)
	@exec .ci/lighthouse

guide: assets ## the pictures of the user guide, from the demonstration, into web/guide/pictures (ONLY=word: those whose name holds it)
	@exec .ci/guide

clean: ## remove what was built (not ./data)
	rm -rf bin web/node_modules web/dist/*
