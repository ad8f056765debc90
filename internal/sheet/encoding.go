package sheet

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how a file's letters are written as bytes.
type Encoding string

// The encodings.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	GB18030     Encoding = "gb18030"
	Windows1252 Encoding = "windows-1252"
)

// Encodings are those that can be read, the most usual first.
var Encodings = []Encoding{UTF8, UTF16LE, UTF16BE, GB18030, Windows1252}

var decoders = map[Encoding]encoding.Encoding{
	UTF8:        nil, // is what we read
	UTF16LE:     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	UTF16BE:     unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	GB18030:     simplifiedchinese.GB18030,
	Windows1252: charmap.Windows1252,
}

// names are how people know them.
var names = map[Encoding]string{UTF8: "UTF-8", UTF16LE: "UTF-16 LE", UTF16BE: "UTF-16 BE", GB18030: "GB 18030", Windows1252: "Windows-1252"}

// Name is how people know the encoding.
func (e Encoding) Name() string { return names[e] }

// marks are what some programs put before the first letter, to say the encoding.
var marks = []struct {
	encoding Encoding
	bytes    []byte
}{
	{UTF8, []byte{0xef, 0xbb, 0xbf}},
	{UTF16LE, []byte{0xff, 0xfe}},
	{UTF16BE, []byte{0xfe, 0xff}},
}

// noText reports whether a file begins as something does that people bring in place of
// text: a workbook (.xlsx and .ods, .xls), a picture (JPEG, PNG, GIF, a phone's own), a PDF.
func noText(body []byte) bool {
	return bytes.HasPrefix(body[min(4, len(body)):], []byte("ftyp")) || slices.ContainsFunc(
		[]string{"PK\x03\x04", "\xd0\xcf\x11\xe0", "\xff\xd8\xff", "\x89PNG\r\n", "GIF8", "%PDF-"},
		func(first string) bool { return bytes.HasPrefix(body, []byte(first)) })
}

// decode gives the text in UTF-8 without a mark, and the encoding it was read in:
// the one that was said, or else the one that fits best.
func decode(body []byte, said Encoding) ([]byte, Encoding, error) {
	if noText(body) {
		return nil, said, ErrNoText.With("Line", 1)
	}
	if _, known := decoders[said]; !known {
		said = guess(body)
	}
	for _, m := range marks {
		if m.encoding == said {
			body = bytes.TrimPrefix(body, m.bytes)
		}
	}
	text, as := body, decoders[said]
	if as != nil {
		var err error
		if text, err = as.NewDecoder().Bytes(body); err != nil {
			return nil, said, ErrEncoding.With("Line", 1, "Encoding", said.Name())
		}
	}
	line, strange := 1, 0
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == 0:
			return nil, said, ErrNoText.With("Line", line)
		case r == utf8.RuneError && (size == 1 || as != nil):
			return nil, said, ErrEncoding.With("Line", line, "Encoding", said.Name())
		case r == '\n':
			line++
		case r < ' ' && !strings.ContainsRune("\t\r\v\f", r):
			if strange++; strange > 1+len(text)/200 {
				return nil, said, ErrNoText.With("Line", line)
			}
		}
		rest = rest[size:]
	}
	return text, said, nil
}

// Text is a file in UTF-8, whatever encoding it is most likely in.
func Text(body []byte) (string, error) {
	text, _, err := decode(body, "")
	return string(text), err
}

// guess is the encoding that a file is most likely in. What has a mark or is valid
// UTF-8 is that; where zeros stand at every second place it is UTF-16. What is left is GB 18030 if all
// of it can be, and most letters beyond ASCII come in the pairs of common
// characters; else Windows-1252, in which anything can be.
func guess(body []byte) Encoding {
	for _, m := range marks {
		if bytes.HasPrefix(body, m.bytes) {
			return m.encoding
		}
	}
	switch even, odd := zeros(body[:min(len(body), 4096)]); {
	case odd > even*4+min(len(body), 4096)/16:
		return UTF16LE
	case even > odd*4+min(len(body), 4096)/16:
		return UTF16BE
	case utf8.Valid(body):
		return UTF8
	case chinese(body):
		return GB18030
	}
	return Windows1252
}

// zeros counts the NULs at even and at odd places.
func zeros(b []byte) (even, odd int) {
	for i, c := range b {
		if c == 0 {
			if i%2 == 0 {
				even++
			} else {
				odd++
			}
		}
	}
	return even, odd
}

// chinese reports whether text beyond ASCII is in pairs of GB 2312's first level and
// its marks, more often than not: "Müller" in Windows-1252 is no such pair.
func chinese(b []byte) bool {
	pairs, others := 0, 0
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == 0:
			return false
		case c < 0x80:
		case i+1 < len(b) && (c >= 0xb0 && c <= 0xd7 || c >= 0xa1 && c <= 0xa3) && b[i+1] >= 0xa1:
			pairs++
			i++
		default:
			others++
			if i+1 < len(b) && b[i+1] >= 0x40 {
				i++
			}
		}
	}
	return pairs > others*3
}
