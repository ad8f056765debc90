package api

import (
	"net/http"
	"strings"
	"testing"

	"guildhall/internal/actor"
)

// What is never stored is an address that there is, by either way of writing it.
func TestWhatHoldsASecretIsNotKept(t *testing.T) {
	known := map[string]bool{}
	for _, rule := range actor.Table {
		for _, route := range rule.Routes {
			known[route] = true
		}
	}
	for _, path := range unkept {
		if !known[http.MethodPost+" "+Prefix+path] {
			t.Errorf("there is no POST %s", path)
		}
		braced := strings.NewReplacer(":export_id", "{export_id}", ":id", "{id}").Replace(path)
		if keyed(http.MethodPost, Prefix+path) || keyed(http.MethodPost, Prefix+braced) {
			t.Errorf("what %s answers is stored", path)
		}
	}
	if !keyed(http.MethodPost, Prefix+"/bookings") || keyed(http.MethodGet, Prefix+"/bookings") {
		t.Error("a POST that makes something takes a key, and no GET does")
	}
}
