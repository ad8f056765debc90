#!/usr/bin/env bash
# Sees to it that what the tests need beside Go is there: Chromium for the journeys, PostgreSQL's programs for the
# second database, a Chinese typeface for the pictures, pdftotext to
# read papers back, a C compiler for SQLite. As root on Debian it installs
# what is missing; elsewhere it says what to install and stops.
set -euo pipefail

missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
[ -n "$(fc-list :lang=zh-cn 2>/dev/null | head -n 1)" ] || missing+=(fontconfig fonts-noto-cjk)

[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "The tests need what is not here: ${missing[*]} (Debian's names). Install it, then run make test again." >&2
	exit 1
fi
echo "Installing ${missing[*]}."
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for try in 1 2 3; do
	if apt-get -o DPkg::Lock::Timeout=300 update -qq >"$log" 2>&1 &&
		apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
		exit 0
	fi
	echo "apt-get failed (try $try of 3)." >&2
	sleep 5
done
cat "$log" >&2
exit 1
