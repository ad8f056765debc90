// Package config is what an operator can set: one struct, filled from flags and
// the environment, whose zero value works. It owns the names of the settings
// and what a bad value is told; what a setting does is the app's.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"guildhall/internal/mail"
)

// The defaults of the settings that the zero Config leaves open.
const (
	DefaultListen = "127.0.0.1:8080"
	DefaultData   = "./guildhall-data"
	DemoData      = "./guildhall-demo"
)

// Config is every setting. The tags are for kong, which fills it.
type Config struct {
	Data     string `env:"GUILDHALL_DATA" placeholder:"FOLDER" help:"Where the data are kept: the database and the secret. Made if it is not there. (./guildhall-data; for demo ./guildhall-demo)" group:"Data"`
	Database string `env:"GUILDHALL_DATABASE" placeholder:"URL" help:"A PostgreSQL database instead of the SQLite file in the data folder: postgres://user:password@host/name" group:"Data"`

	Listen  string   `env:"GUILDHALL_LISTEN" placeholder:"HOST:PORT" help:"Where to answer. (127.0.0.1:8080)" group:"Web"`
	BaseURL string   `name:"base-url" env:"GUILDHALL_BASE_URL" placeholder:"URL" help:"How the world reaches this server, for links in e-mails: https://hall.example.org. (where it listens)" group:"Web"`
	Proxies []string `name:"trusted-proxies" env:"GUILDHALL_TRUSTED_PROXIES" placeholder:"CIDR" help:"Proxies whose X-Forwarded-For is believed, like 10.0.0.0/8,127.0.0.1. (none)" group:"Web"`
	TLSCert string   `name:"tls-cert" env:"GUILDHALL_TLS_CERT" placeholder:"FILE" help:"A certificate, to speak TLS without a proxy. With --tls-key." group:"Web"`
	TLSKey  string   `name:"tls-key" env:"GUILDHALL_TLS_KEY" placeholder:"FILE" help:"The certificate's private key." group:"Web"`
	Metrics string   `name:"metrics-listen" env:"GUILDHALL_METRICS_LISTEN" placeholder:"HOST:PORT" help:"Where Prometheus may ask for metrics; never where the public comes. (nowhere)" group:"Web"`
	Dev     bool     `env:"GUILDHALL_DEV" help:"The pages for developers: /dev/clock, /dev/mail, /dev/gallery. Answers to this machine only." group:"Web"`

	Mail Mail `embed:"" prefix:"smtp-" envprefix:"GUILDHALL_SMTP_" group:"E-mail"`

	OIDC OIDC `embed:"" prefix:"oidc-" envprefix:"GUILDHALL_OIDC_" group:"Sign-in"`

	// Secret comes from the environment alone: a flag can be read by everyone on the machine.
	Secret string `kong:"-"`
}

// Mail is the e-mail server to send through. Without one messages are kept.
type Mail struct {
	Server   string `env:"SERVER" placeholder:"HOST:PORT" help:"The e-mail server. Without one, messages are kept in the database and nobody gets any."`
	User     string `env:"USER" placeholder:"NAME" help:"Who to sign in as there; the password is GUILDHALL_SMTP_PASSWORD."`
	From     string `env:"FROM" placeholder:"ADDRESS" help:"Who e-mails come from: \"Harbour Makers <desk@example.org>\"."`
	Insecure bool   `env:"INSECURE" help:"Send in the clear where the server offers no STARTTLS. Never needed for this machine's own."`
	Password string `kong:"-"`
}

// OIDC is another service that signs people in, by OpenID Connect.
type OIDC struct {
	Issuer string `env:"ISSUER" placeholder:"URL" help:"A service that signs people in by OpenID Connect: https://accounts.example.org. (none)"`
	Client string `name:"client" env:"CLIENT" placeholder:"ID" help:"Who this server is there; the secret is GUILDHALL_OIDC_SECRET. Allow it to come back to BASE-URL/sign-in/back."`
	Name   string `env:"NAME" placeholder:"WORDS" help:"What the button says the service is called. (the host of the issuer)"`
	Secret string `kong:"-"`
}

// Environment fills in what comes from the environment alone.
func (c *Config) Environment() {
	c.Secret = os.Getenv("GUILDHALL_SECRET")
	c.Mail.Password = os.Getenv("GUILDHALL_SMTP_PASSWORD")
	c.OIDC.Secret = os.Getenv("GUILDHALL_OIDC_SECRET")
}

// Check says in one line each what can't be so; nil if all is well.
func (c Config) Check() error {
	var problems []error
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	if !address(c.Address()) {
		wrong("--listen must be host:port, like 127.0.0.1:8080, not %q", c.Listen)
	}
	if c.Metrics != "" && !address(c.Metrics) {
		wrong("--metrics-listen must be host:port, like 127.0.0.1:9090, not %q", c.Metrics)
	}
	if c.Metrics != "" && c.Metrics == c.Address() {
		wrong("--metrics-listen must not be where the public comes, %s", c.Metrics)
	}
	if c.Dev && !c.local() {
		wrong("--dev opens the clock and the mail to whoever can connect: listen on 127.0.0.1, not %s", c.Address())
	}
	if u, err := url.Parse(c.BaseURL); c.BaseURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "") {
		wrong("--base-url must be like https://hall.example.org, without a path, not %q", c.BaseURL)
	}
	if u, err := url.Parse(c.Database); c.Database != "" && (err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.Query().Get("host") == "") {
		wrong("--database must be a PostgreSQL URL, like postgres://user:password@host/name") // not repeated: it holds a password
	}
	if _, err := c.TrustedProxies(); err != nil {
		wrong("%w", err)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		wrong("--tls-cert and --tls-key are only of use together")
	}
	for _, f := range []struct{ flag, file string }{{"--tls-cert", c.TLSCert}, {"--tls-key", c.TLSKey}} {
		if _, err := os.Stat(f.file); f.file != "" && err != nil {
			wrong("%s: there is no file %s", f.flag, f.file)
		}
	}
	if c.OIDC.Issuer != "" || c.OIDC.Client != "" {
		u, err := url.Parse(c.OIDC.Issuer)
		if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
			wrong("--oidc-issuer must be like https://accounts.example.org, not %q", c.OIDC.Issuer)
		}
		if c.OIDC.Client == "" {
			wrong("--oidc-issuer needs --oidc-client, who this server is there")
		}
	}
	if err := c.SMTP().Check(); err != nil {
		wrong("%w", err)
	}
	return errors.Join(problems...)
}

// address reports whether s can be listened on. Port 0 lets the system choose.
func address(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

// Address is where to listen.
func (c Config) Address() string {
	if c.Listen == "" {
		return DefaultListen
	}
	return c.Listen
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// local reports whether only this machine can connect.
func (c Config) local() bool {
	host, _, err := net.SplitHostPort(c.Address())
	if err != nil {
		return false
	}
	return loopback(host)
}

// Exposed reports whether people elsewhere would be served in the clear.
func (c Config) Exposed() bool {
	return !c.local() && c.TLSCert == "" && !strings.HasPrefix(c.BaseURL, "https://")
}

// Base is what links to this server begin with, without a slash at the end.
func (c Config) Base() string {
	if c.BaseURL != "" {
		return strings.TrimRight(c.BaseURL, "/")
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(c.Address())
	if err != nil {
		return scheme + "://" + c.Address()
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Folder is where the data are.
func (c Config) Folder() string {
	if c.Data == "" {
		return DefaultData
	}
	return c.Data
}

// File is the path of a file of the data.
func (c Config) File(name string) string { return filepath.Join(c.Folder(), name) }

// TrustedProxies are the networks of Proxies; an address alone is a network of one.
func (c Config) TrustedProxies() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, s := range c.Proxies {
		s = strings.TrimSpace(s)
		if addr, err := netip.ParseAddr(s); err == nil {
			all = append(all, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies must be addresses or networks, like 10.0.0.0/8, not %q", s)
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// SMTP is Mail as the mail package wants it.
func (c Config) SMTP() mail.Config {
	return mail.Config{Server: c.Mail.Server, User: c.Mail.User, Password: c.Mail.Password, From: c.Mail.From, Insecure: c.Mail.Insecure}
}

// Provider is OIDC as auth wants it.
func (c Config) Provider() (issuer, client, secret, name string) {
	name = c.OIDC.Name
	if u, err := url.Parse(c.OIDC.Issuer); err == nil && name == "" {
		name = u.Host
	}
	return c.OIDC.Issuer, c.OIDC.Client, c.OIDC.Secret, name
}
