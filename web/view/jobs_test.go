package view

import (
	"fmt"
	"testing"

	"guildhall/internal/i18n"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

func TestAFailedJobIsNamedInWords(t *testing.T) {
	for _, c := range []struct{ kind, args, want string }{
		{"auth.letter", `{"about":"reset","member":"m"}`, "Letter: set a new password"},
		{"booking.moved", `{"ID":"b"}`, "Letter: a booking was moved"},
		{"every", `{"name":"booking.settle"}`, "Regular upkeep"},
		{"never.heard.of", `{"about":"it"}`, "Other work"},
		{"auth.letter", `not JSON`, "Other work"},
	} {
		if got := jobName(Frame{Printer: i18n.For("en")}, jobs.Failure{Kind: c.kind, Args: []byte(c.args)}); got != c.want {
			t.Errorf("%s %s is %q, want %q", c.kind, c.args, got, c.want)
		}
	}
}

func TestAFailedJobHasAPlainReason(t *testing.T) {
	for said, want := range map[string]string{
		"send a letter: mail: 127.0.0.1:1: dial failed: connection refused": "unreachable",
		fmt.Sprintf("%v: mail.example.org:587: 550", mail.ErrRefused):       "refused",
		fmt.Sprintf("%v: mail.example.org:25", mail.ErrNoTLS):               "no_tls",
		"database is locked": "broken",
	} {
		if got := whyFailed(jobs.Failure{Error: said}); got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
	}
}
