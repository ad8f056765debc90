#!/usr/bin/env bash
# Runs every fuzz test of the project for as long as its argument says (20s).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for package in $(go list ./...); do
	for name in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "$package $name"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "${1:-20s}" "$package"
	done
done
