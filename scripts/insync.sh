#!/usr/bin/env bash
# Makes the generated files anew and fails if that changed any of them, or if one is left of a source that is gone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sums() { git ls-files -co --exclude-standard '*_templ.go' web/static | sort -u | xargs -r -d '\n' sha256sum 2>/dev/null || true; }

before=$(sums)
make --no-print-directory generate assets
after=$(sums)
if ! difference=$(diff <(echo "$before") <(echo "$after")); then
	echo "Generated files were stale; they are made anew, commit them:" >&2
	awk '/^[<>]/ { print "  " $3 }' <<<"$difference" | sort -u >&2
	exit 1
fi
git ls-files -co --exclude-standard '*_templ.go' | while read -r file; do
	[ -f "${file%_templ.go}.templ" ] || { echo "$file has no source any more; delete it." >&2; exit 1; }
done
