package config

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheZeroConfigWorks(t *testing.T) {
	var c Config
	if err := c.Check(); err != nil {
		t.Errorf("Check: %v", err)
	}
	got := []string{c.Address(), c.Base(), c.Folder(), c.File("secret"), c.SMTP().Server}
	if diff := cmp.Diff([]string{"127.0.0.1:8080", "http://127.0.0.1:8080", "./guildhall-data", "guildhall-data/secret", ""}, got); diff != "" {
		t.Errorf("the zero Config (-want +got):\n%s", diff)
	}
	if c.Exposed() {
		t.Error("it is open to people elsewhere")
	}
}

func TestWhereLinksLead(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Listen: "127.0.0.1:9000"}, "http://127.0.0.1:9000"},
		{Config{Listen: "0.0.0.0:8080"}, "http://localhost:8080"},
		{Config{Listen: ":8080"}, "http://localhost:8080"},
		{Config{Listen: "[::]:8080"}, "http://localhost:8080"},
		{Config{Listen: "[::1]:8080"}, "http://[::1]:8080"},
		{Config{Listen: "hall.example:443", TLSCert: "c", TLSKey: "k"}, "https://hall.example:443"},
		{Config{Listen: "0.0.0.0:8080", BaseURL: "https://hall.example/"}, "https://hall.example"},
	} {
		if got := c.cfg.Base(); got != c.want {
			t.Errorf("%+v leads to %s, want %s", c.cfg, got, c.want)
		}
	}
}

func TestWhoIsServedInTheClear(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want bool
	}{
		{Config{Listen: "localhost:8080"}, false},
		{Config{Listen: "[::1]:8080"}, false},
		{Config{Listen: "0.0.0.0:8080"}, true},
		{Config{Listen: ":8080"}, true},
		{Config{Listen: "192.0.2.7:8080"}, true},
		{Config{Listen: ":8080", BaseURL: "http://hall.example"}, true},
		{Config{Listen: ":8080", BaseURL: "https://hall.example"}, false},
		{Config{Listen: ":8443", TLSCert: "c", TLSKey: "k"}, false},
	} {
		if got := c.cfg.Exposed(); got != c.want {
			t.Errorf("%+v: exposed %v, want %v", c.cfg, got, c.want)
		}
	}
}

func TestTrustedProxies(t *testing.T) {
	got, err := Config{Proxies: []string{"10.1.2.3/8", " 127.0.0.1", "fd00::/8"}}.TrustedProxies()
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("fd00::/8")}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := (Config{Proxies: []string{"10.0.0.0/33"}}).TrustedProxies(); err == nil {
		t.Error("10.0.0.0/33 is taken for a network")
	}
}

func TestCheckTellsEverythingAtOnce(t *testing.T) {
	err := Config{Listen: "x", BaseURL: "ftp://x", Database: "mysql://u:canary@h/d", Proxies: []string{"p"}, TLSCert: "c"}.Check()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{"--listen", "--base-url", "--database", "--trusted-proxies", "--tls-cert"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not told in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("a password is repeated: %v", err)
	}
}

func TestDevStaysOnThisMachine(t *testing.T) {
	for listen, want := range map[string]bool{"": true, "127.0.0.1:0": true, "localhost:80": true, "[::1]:80": true, "0.0.0.0:80": false, ":80": false, "192.0.2.1:80": false} {
		if got := (Config{Listen: listen, Dev: true}).Check() == nil; got != want {
			t.Errorf("--dev on %q: allowed %v, want %v", listen, got, want)
		}
	}
}

func TestSecretsComeFromTheEnvironment(t *testing.T) {
	t.Setenv("GUILDHALL_SECRET", "abc")
	t.Setenv("GUILDHALL_SMTP_PASSWORD", "xyz")
	var c Config
	c.Environment()
	if c.Secret != "abc" || c.SMTP().Password != "xyz" {
		t.Errorf("%+v", c)
	}
}
