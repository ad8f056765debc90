// Package mail sends plain messages: over SMTP when a server is configured, and
// otherwise into a table where an operator (or /dev/mail) can read them. It owns
// the connection to the server and the record of what was sent; the words of a
// message are its writer's. Messages are sent from jobs, never in a transaction:
// a job that fails is tried again, so somebody may get a message twice.
package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/textproto"
	"strconv"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
)

// Message is one message to one person.
type Message struct {
	To       string // an address, with or without a name
	Subject  string
	Text     string
	Calendar string // an iCalendar object to attach, or ""
	Files    []File // what else is attached
}

// File is attached to a message. It goes out with it and is never kept.
type File struct {
	Name string // as the reader stores it: "house-rules.pdf"
	Type string // its media type
	Body []byte
}

// Config says through which server. The zero Config has none: messages are kept.
type Config struct {
	Server   string // host:port; port 465 speaks TLS from the start, another STARTTLS
	User     string // with Password, if the server wants them
	Password string
	From     string // who messages come from: "Guildhall <desk@example.org>"
	Insecure bool   // send in the clear to a server elsewhere that offers no TLS

	Timeout time.Duration  // for one message; zero means 20 seconds
	Roots   *x509.CertPool // who vouches for the server; nil means whom the system trusts
}

// Problems with a message or a server, for errors.Is. None is for its reader's eyes.
var (
	// ErrMessage means that this can never be a message: no address, or a line break in a header.
	ErrMessage = errors.New("mail: not a message")
	// ErrRefused means that the server will not take the message, now or later.
	ErrRefused = errors.New("mail: the server refuses the message")
	// ErrNoTLS means that the server does not offer STARTTLS and Insecure is not set.
	ErrNoTLS = errors.New("mail: the server does not offer STARTTLS")
	// ErrInTx means that a message was to be sent inside a transaction.
	ErrInTx = errors.New("mail: sent inside a transaction; add a job instead")
)

// Check says in one line what is wrong with the configuration, if anything is.
func (c Config) Check() error {
	if c.Server == "" {
		if c.User != "" || c.Password != "" {
			return errors.New("a mail user without a mail server")
		}
		return nil
	}
	if _, _, err := c.hostPort(); err != nil {
		return err
	}
	if _, err := netmail.ParseAddress(c.From); err != nil {
		return fmt.Errorf("mail needs a sender's address, like \"Guildhall <desk@example.org>\", not %q", c.From)
	}
	if (c.User == "") != (c.Password == "") {
		return errors.New("a mail user needs a password, and a password a user")
	}
	return nil
}

func (c Config) hostPort() (host string, port int, err error) {
	host, digits, err := net.SplitHostPort(c.Server)
	if err == nil {
		port, err = strconv.Atoi(digits)
	}
	if err != nil || host == "" || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("the mail server must be host:port, like mail.example.org:587, not %q", c.Server)
	}
	return host, port, nil
}

// Sender sends messages. It is safe for many goroutines.
type Sender struct {
	store store
	db    *db.DB
	clock clock.Clock
	cfg   Config
}

// New makes a Sender; a Config that Check refuses is an error.
func New(d *db.DB, c clock.Clock, cfg Config) (*Sender, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 20 * time.Second
	}
	return &Sender{store: store{d}, db: d, clock: c, cfg: cfg}, nil
}

// Send hands the message to the server and records that it was sent, without
// its text, which belongs to its reader alone; without a server the whole
// message is kept. A nil error means that the server has taken it, or that whoever
// it is to has no address. Errors name neither people nor addresses, so they may be
// logged.
func (s *Sender) Send(ctx context.Context, m Message) error {
	if s.db.InTx(ctx) {
		return ErrInTx
	}
	if m.To == "" {
		return nil
	}
	to, err := check(m)
	if err != nil || undeliverable(to.Address) {
		return err
	}
	kept := Kept{ID: id.New(), Recipient: to.Address, Subject: m.Subject, Body: m.kept(), Calendar: m.Calendar, CreatedAt: s.clock.Now()}
	if s.cfg.Server != "" {
		if err := s.deliver(ctx, m, to, kept.ID); err != nil {
			return err
		}
		kept.Body, kept.Calendar, kept.SentAt = "", "", s.clock.Now()
	}
	return s.store.insert(ctx, kept)
}

// kept is the text as it is kept where there is no server: with the names of the files.
func (m Message) kept() string {
	text := m.Text
	for _, f := range m.Files {
		text += "\n[" + f.Name + "]"
	}
	return text
}

// check refuses what could smuggle a header or a second reader into a message.
func check(m Message) (*netmail.Address, error) {
	headers := m.To + m.Subject
	for _, f := range m.Files {
		headers += f.Name + f.Type
	}
	if strings.IndexFunc(headers, unicode.IsControl) >= 0 {
		return nil, fmt.Errorf("%w: a line break or another control character in a header", ErrMessage)
	}
	to, err := netmail.ParseAddress(m.To)
	if err != nil {
		return nil, fmt.Errorf("%w: it is not to one address", ErrMessage)
	}
	if m.Subject == "" || m.Text == "" {
		return nil, fmt.Errorf("%w: no subject or no text", ErrMessage)
	}
	return to, nil
}

func (s *Sender) deliver(ctx context.Context, m Message, to *netmail.Address, key id.ID) error {
	host, port, err := s.cfg.hostPort()
	if err != nil {
		return err
	}
	from, err := netmail.ParseAddress(s.cfg.From)
	if err != nil {
		return err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	msg.Subject(m.Subject)
	msg.SetDateWithValue(s.clock.Now().Time)
	msg.SetMessageIDWithValue(string(key) + from.Address[strings.LastIndex(from.Address, "@"):])
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.Calendar != "" {
		msg.AttachReadSeeker("invite.ics", strings.NewReader(m.Calendar), gomail.WithFileContentType("text/calendar; charset=utf-8"))
	}
	for _, f := range m.Files {
		msg.AttachReadSeeker(f.Name, bytes.NewReader(f.Body), gomail.WithFileContentType(gomail.ContentType(f.Type)))
	}

	options := []gomail.Option{
		gomail.WithPort(port), gomail.WithTimeout(s.cfg.Timeout), gomail.WithoutNoop(),
		gomail.WithTLSPolicy(s.policy(host)),
		gomail.WithTLSConfig(&tls.Config{ServerName: host, RootCAs: s.cfg.Roots, MinVersion: tls.VersionTLS12}),
	}
	if port == 465 {
		options = append(options, gomail.WithSSL())
	}
	if s.cfg.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.cfg.User), gomail.WithPassword(s.cfg.Password))
	}
	client, err := gomail.NewClient(host, options...)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return s.outcome(client.DialAndSendWithContext(ctx, msg), msg)
}

// policy demands TLS of a server elsewhere; on this machine nobody listens in.
func (s *Sender) policy(host string) gomail.TLSPolicy {
	if s.cfg.Insecure || loopback(host) {
		return gomail.TLSOpportunistic
	}
	return gomail.TLSMandatory
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// outcome is what became of the message, told without the addresses that the
// library and the server like to repeat.
func (s *Sender) outcome(err error, msg *gomail.Msg) error {
	if err == nil || msg.IsDelivered() { // a server that hangs up after "250 OK" has taken it
		return nil
	}
	var send *gomail.SendError
	var reply *textproto.Error
	code, when := 0, "greeting"
	switch {
	case errors.As(err, &send):
		code, when = send.ErrorCode(), send.Reason.String()
	case errors.As(err, &reply):
		code = reply.Code
	}
	switch {
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return fmt.Errorf("%w: %s; allow it with --smtp-insecure if the way there is safe", ErrNoTLS, s.cfg.Server)
	case code >= 500:
		return fmt.Errorf("%w: %s: %d while %s", ErrRefused, s.cfg.Server, code, when)
	case code > 0:
		return fmt.Errorf("mail: %s: %d while %s", s.cfg.Server, code, when)
	case send != nil:
		return fmt.Errorf("mail: %s: the connection broke while %s", s.cfg.Server, when)
	}
	return fmt.Errorf("mail: %s: %w", s.cfg.Server, err)
}

// keptFor is how long the record of a message stays.
const keptFor = 30 * 24 * time.Hour

// Forget deletes records whose time is over.
func (s *Sender) Forget(ctx context.Context) error {
	return s.store.deleteBefore(ctx, s.clock.Now().Add(-keptFor))
}

// Kept lists the newest messages, at most limit. Those that went to a server
// have a SentAt and no text.
func (s *Sender) Kept(ctx context.Context, limit int) ([]Kept, error) {
	return s.store.newest(ctx, limit)
}
