// Package outbound is the one way from this server to others: whoever asks another
// service over HTTP takes its client from here, so that it is known which do, and none
// waits for ever. It does not own whom to ask; that is what an operator sets.
package outbound

import (
	"net/http"
	"time"
)

// redirects is how often an answer may lead elsewhere.
const redirects = 3

// Client is a client that waits for each answer so long at most. It keeps no cookies and
// follows a few redirects.
func Client(within time.Duration) *http.Client {
	return &http.Client{
		Timeout: within,
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) >= redirects {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}
