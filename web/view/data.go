package view

// kilobytes is a size as people say it: "48 kB".
func kilobytes(f Frame, bytes int64) string {
	return f.T("data.kb", "Number", f.Number((bytes+999)/1000))
}
