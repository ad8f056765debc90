#!/usr/bin/env python3
"""Makes NotoSansSC-Regular.ttf of what the npm package @fontsource/noto-sans-sc has:
simplified Chinese, Latin and extended Latin, merged into one TrueType font, which is
what a PDF is set with. It needs fontTools and brotli; its result is committed.

    npm install @fontsource/noto-sans-sc@5.3.0
    python3 make.py node_modules/@fontsource/noto-sans-sc/files NotoSansSC-Regular.ttf
"""
import sys
import tempfile

from fontTools import merge
from fontTools.ttLib import TTFont

files, result = sys.argv[1:]
parts = []
for part in ("latin", "latin-ext", "chinese-simplified"):
    font = TTFont(f"{files}/noto-sans-sc-{part}-400-normal.woff2")
    font.flavor = None
    for table in ("GSUB", "GPOS", "GDEF", "STAT", "vhea", "vmtx", "VORG", "BASE"):
        if table in font:
            del font[table]  # nothing here is set by features, nor from top to bottom
    name = tempfile.mktemp(suffix=".ttf")
    font.save(name)
    parts.append(name)
merged = merge.Merger().merge(parts)
merged["head"].created = merged["head"].modified = 0  # the same bytes every time
merged.recalcTimestamp = False
merged.save(result)
print(len(merged.getBestCmap()), "characters")
