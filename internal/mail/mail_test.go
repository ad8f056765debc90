package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"guildhall/internal/db"
	"guildhall/internal/testkit"
)

const noon = "2026-11-23 12:00"

// inbox is an SMTP server in this process.
type inbox struct {
	addr  string
	roots *x509.CertPool // who vouches for its certificate

	refuse   error // what it says to the recipient
	refuseAt string

	mu   sync.Mutex
	mail []delivery
}

type delivery struct {
	from, user string
	to         []string
	body       string
	tls        bool
}

// serve starts it; with is told of the server before it listens.
func serve(t *testing.T, with func(*inbox, *smtp.Server)) *inbox {
	t.Helper()
	in := &inbox{}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{inbox: in, conn: c}, nil
	}))
	srv.Domain, srv.AllowInsecureAuth = "localhost", false
	if with != nil {
		with(in, srv)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	in.addr = l.Addr().String()
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return in
}

type session struct {
	inbox *inbox
	conn  *smtp.Conn
	now   delivery
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "right" {
			return smtp.ErrAuthFailed
		}
		s.now.user = user
		return nil
	}), nil
}

func (s *session) at(step string) error {
	if s.inbox.refuseAt == step {
		return s.inbox.refuse
	}
	return nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.now.from = from
	return s.at("MAIL")
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.now.to = append(s.now.to, to)
	return s.at("RCPT")
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.now.body = string(b)
	_, s.now.tls = s.conn.TLSConnectionState()
	s.inbox.mu.Lock()
	defer s.inbox.mu.Unlock()
	if err := s.at("DATA"); err != nil {
		return err
	}
	s.inbox.mail = append(s.inbox.mail, s.now)
	return nil
}

func (s *session) Reset()        { s.now = delivery{user: s.now.user} }
func (s *session) Logout() error { return nil }

func (in *inbox) only(t *testing.T) delivery {
	t.Helper()
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.mail) != 1 {
		t.Fatalf("%d messages arrived, want 1", len(in.mail))
	}
	return in.mail[0]
}

// startTLS gives the server a certificate that it signed itself for 127.0.0.1.
func startTLS(t *testing.T) func(*inbox, *smtp.Server) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return func(in *inbox, srv *smtp.Server) {
		in.roots = x509.NewCertPool()
		in.roots.AddCert(cert)
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	}
}

func sender(t *testing.T, d *db.DB, cfg Config) *Sender {
	t.Helper()
	if cfg.Server != "" && cfg.From == "" {
		cfg.From = "Harbour Makers <desk@harbour.example>"
	}
	s, err := New(d, testkit.Clock(t, noon), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var hello = Message{To: "chen@maker.example", Subject: "Laser A 已约", Text: "14:00–15:00 是你的。\nUntil then.\n"}

func kept(t *testing.T, s *Sender) []Kept {
	t.Helper()
	k, err := s.Kept(context.Background(), 10)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWithoutAServerMessagesAreKept(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s := sender(t, d, Config{})
		m := hello
		m.Calendar = "BEGIN:VCALENDAR"
		m.Files = []File{{Name: "rules.pdf", Type: "application/pdf", Body: []byte("%PDF")}}
		if err := s.Send(context.Background(), m); err != nil {
			t.Fatal(err)
		}
		k := kept(t, s)
		if len(k) != 1 || k[0].Recipient != hello.To || k[0].Subject != hello.Subject || k[0].Body != hello.Text+"\n[rules.pdf]" || k[0].Calendar != m.Calendar {
			t.Errorf("kept %+v", k)
		}
		if !k[0].SentAt.IsZero() || !k[0].CreatedAt.Equal(testkit.At(t, noon)) {
			t.Errorf("kept at %v, sent at %v", k[0].CreatedAt, k[0].SentAt)
		}
	})
}

func TestRecordsAreForgottenAfterAMonth(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		now := testkit.Clock(t, noon)
		s, err := New(d, now, Config{})
		if err != nil {
			t.Fatal(err)
		}
		for _, subject := range []string{"old", "new"} {
			if err := s.Send(context.Background(), Message{To: "a@b.example", Subject: subject, Text: "x"}); err != nil {
				t.Fatal(err)
			}
			now.Advance(20 * 24 * time.Hour)
		}
		if err := s.Forget(context.Background()); err != nil {
			t.Fatal(err)
		}
		if k := kept(t, s); len(k) != 1 || k[0].Subject != "new" {
			t.Errorf("kept %+v, want the new one", k)
		}
	})
}

func TestAMessageGoesOutOverTLS(t *testing.T) {
	in := serve(t, startTLS(t))
	s := sender(t, testkit.DB(t), Config{Server: in.addr, Roots: in.roots, User: "desk", Password: "right"})
	m := hello
	m.Calendar = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
	paper := bytes.Repeat([]byte("%PDF-1.3 \x00\xff\r\n.\r\n"), 2000) // with what a careless sender would break
	m.Files = []File{{Name: "守则 2027-03-01.pdf", Type: "application/pdf", Body: paper}}
	if err := s.Send(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	got := in.only(t)
	if !got.tls || got.user != "desk" || got.from != "desk@harbour.example" || len(got.to) != 1 || got.to[0] != hello.To {
		t.Errorf("arrived %+v", got)
	}
	msg, err := netmail.ReadMessage(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || subject != hello.Subject {
		t.Errorf("subject %q, %v", subject, err)
	}
	if date, err := msg.Header.Date(); err != nil || !date.Equal(testkit.At(t, noon).Time) {
		t.Errorf("date %v, %v", date, err)
	}
	if id := msg.Header.Get("Message-Id"); !strings.HasSuffix(id, "@harbour.example>") {
		t.Errorf("message id %q", id)
	}
	if auto := msg.Header.Get("Auto-Submitted"); auto != "auto-generated" {
		t.Errorf("Auto-Submitted %q", auto)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	text, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(quotedprintable.NewReader(text)); err != nil || strings.ReplaceAll(strings.TrimSpace(string(body)), "\r\n", "\n") != strings.TrimSpace(hello.Text) {
		t.Errorf("text %q, %v", body, err)
	}
	calendar, err := parts.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	if kind := calendar.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/calendar; charset=utf-8") || calendar.FileName() != "invite.ics" {
		t.Errorf("attached %q as %q", calendar.FileName(), kind)
	}
	file, err := parts.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	name, err := new(mime.WordDecoder).DecodeHeader(file.FileName())
	if kind := file.Header.Get("Content-Type"); err != nil || !strings.HasPrefix(kind, "application/pdf") || name != m.Files[0].Name {
		t.Errorf("attached %q as %q, %v", name, kind, err)
	}
	if body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, file)); err != nil || !bytes.Equal(body, paper) {
		t.Errorf("of the file of %d bytes %d arrived, %v", len(paper), len(body), err)
	}

	k := kept(t, s)
	if len(k) != 1 || !k[0].SentAt.Equal(testkit.At(t, noon)) || k[0].Subject != hello.Subject {
		t.Errorf("recorded %+v", k)
	}
	if k[0].Body != "" || k[0].Calendar != "" {
		t.Errorf("the text of a message that was sent stays here: %+v", k[0])
	}
}

func TestACertificateNobodyVouchesForIsRefused(t *testing.T) {
	in := serve(t, startTLS(t))
	s := sender(t, testkit.DB(t), Config{Server: in.addr, Roots: x509.NewCertPool()})
	var unknown x509.UnknownAuthorityError
	if err := s.Send(context.Background(), hello); !errors.As(err, &unknown) {
		t.Errorf("Send: %v", err)
	}
	if len(in.mail) != 0 || len(kept(t, s)) != 0 {
		t.Error("it was sent, or recorded as sent")
	}
}

func TestOnlyThisMachineIsSpokenToInTheClear(t *testing.T) {
	in := serve(t, nil)
	s := sender(t, testkit.DB(t), Config{Server: in.addr})
	if err := s.Send(context.Background(), hello); err != nil {
		t.Fatal(err)
	}
	if in.only(t).tls {
		t.Error("a server without a certificate spoke TLS")
	}

	// The same server under an address that is not the loopback's.
	elsewhere := ""
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			elsewhere = ip.IP.String()
		}
	}
	if elsewhere == "" {
		elsewhere = "localhost.localdomain" // by name, the machine is not known to be this one
	}
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	plain := &inbox{}
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{inbox: plain, conn: c}, nil
	}))
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	cfg := Config{Server: net.JoinHostPort(elsewhere, port)}
	if err := sender(t, testkit.DB(t), cfg).Send(context.Background(), hello); !errors.Is(err, ErrNoTLS) || !strings.Contains(err.Error(), "--smtp-insecure") {
		t.Errorf("in the clear to %s: %v, want %v", cfg.Server, err, ErrNoTLS)
	}
	if len(plain.mail) != 0 {
		t.Error("it was sent all the same")
	}
	cfg.Insecure = true
	if err := sender(t, testkit.DB(t), cfg).Send(context.Background(), hello); err != nil {
		t.Errorf("in the clear, as asked: %v", err)
	}
	plain.only(t)
}

func TestAServerThatSaysNo(t *testing.T) {
	address := "chen@maker.example"
	for name, c := range map[string]struct {
		at      string
		refuse  *smtp.SMTPError
		forever bool
	}{
		"mailbox busy":      {"RCPT", &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "<" + address + "> is busy"}, false},
		"no such mailbox":   {"RCPT", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<" + address + "> is unknown"}, true},
		"sender not wanted": {"MAIL", &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "not from you"}, true},
		"greylisted":        {"DATA", &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "try later"}, false},
		"taken for spam":    {"DATA", &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "spam to " + address}, true},
	} {
		t.Run(name, func(t *testing.T) {
			in := serve(t, func(in *inbox, _ *smtp.Server) { in.refuseAt, in.refuse = c.at, c.refuse })
			s := sender(t, testkit.DB(t), Config{Server: in.addr})
			err := s.Send(context.Background(), hello)
			if err == nil || errors.Is(err, ErrRefused) != c.forever {
				t.Errorf("Send: %v, for ever %v", err, c.forever)
			}
			if err != nil && strings.Contains(err.Error(), address) {
				t.Errorf("the error names a person: %v", err)
			}
			if k := kept(t, s); len(k) != 0 {
				t.Errorf("recorded as sent: %+v", k)
			}
		})
	}
}

func TestAPasswordThatIsWrong(t *testing.T) {
	in := serve(t, startTLS(t))
	s := sender(t, testkit.DB(t), Config{Server: in.addr, Roots: in.roots, User: "desk", Password: "canary-wrong"})
	err := s.Send(context.Background(), hello)
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("Send: %v", err)
	}
}

func TestAServerThatHangsHoldsUpNothingForLong(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close() // it greets nobody
		}
	}()
	s := sender(t, testkit.DB(t), Config{Server: l.Addr().String(), Timeout: 300 * time.Millisecond})
	began := time.Now()
	if err := s.Send(context.Background(), hello); err == nil {
		t.Error("a server that never answers took the message")
	}
	if took := time.Since(began); took > 15*time.Second { // without the limit of its own it is 20
		t.Errorf("it took %v", took)
	}
}

func TestAServerThatIsNotThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	s := sender(t, testkit.DB(t), Config{Server: addr})
	if err := s.Send(context.Background(), hello); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("Send: %v", err)
	}
}

func TestNoHeaderIsSmuggledIn(t *testing.T) {
	in := serve(t, nil)
	s := sender(t, testkit.DB(t), Config{Server: in.addr})
	for name, m := range map[string]Message{
		"a line in the subject":   {To: "a@b.example", Subject: "Hi\r\nBcc: all@b.example", Text: "x"},
		"a feed in the subject":   {To: "a@b.example", Subject: "Hi\nBcc: all@b.example", Text: "x"},
		"a line in the address":   {To: "a@b.example\r\nBcc: all@b.example", Subject: "Hi", Text: "x"},
		"a line in the name":      {To: "\"A\r\nBcc: all@b.example\" <a@b.example>", Subject: "Hi", Text: "x"},
		"a line in a file's name": {To: "a@b.example", Subject: "Hi", Text: "x", Files: []File{{Name: "a.pdf\r\nBcc: all@b.example", Type: "application/pdf"}}},
		"two addresses":           {To: "a@b.example, c@b.example", Subject: "Hi", Text: "x"},
		"no address":              {To: "Chen", Subject: "Hi", Text: "x"},
		"nothing to say":          {To: "a@b.example", Subject: "Hi"},
		"nothing to say it with":  {To: "a@b.example", Text: "x"},
	} {
		if err := s.Send(context.Background(), m); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: %v, want %v", name, err, ErrMessage)
		}
	}
	// What looks like a header in the text is text.
	if err := s.Send(context.Background(), Message{To: "陈力 <a@b.example>", Subject: "Hi", Text: "Bcc: all@b.example\r\n.\r\nMAIL FROM:<x@y.example>\r\n"}); err != nil {
		t.Fatal(err)
	}
	got := in.only(t)
	if len(got.to) != 1 || got.to[0] != "a@b.example" {
		t.Errorf("it went to %v", got.to)
	}
}

func TestNothingIsSentInsideATransaction(t *testing.T) {
	d := testkit.DB(t)
	s := sender(t, d, Config{})
	err := d.Tx(context.Background(), func(ctx context.Context) error { return s.Send(ctx, hello) })
	if !errors.Is(err, ErrInTx) {
		t.Errorf("Send in a transaction: %v, want %v", err, ErrInTx)
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  Config
		want string
	}{
		"nothing":            {Config{}, ""},
		"a server":           {Config{Server: "mail.example.org:587", From: "desk@example.org"}, ""},
		"by its address":     {Config{Server: "[::1]:25", From: "Guildhall <desk@example.org>"}, ""},
		"no port":            {Config{Server: "mail.example.org", From: "desk@example.org"}, "host:port"},
		"no number":          {Config{Server: "mail.example.org:smtp", From: "desk@example.org"}, "host:port"},
		"no host":            {Config{Server: ":25", From: "desk@example.org"}, "host:port"},
		"a port too high":    {Config{Server: "mail.example.org:70000", From: "desk@example.org"}, "host:port"},
		"no sender":          {Config{Server: "mail.example.org:587"}, "sender"},
		"a sender's name":    {Config{Server: "mail.example.org:587", From: "desk"}, "sender"},
		"a user alone":       {Config{Server: "mail.example.org:587", From: "desk@example.org", User: "u"}, "password"},
		"a password alone":   {Config{Server: "mail.example.org:587", From: "desk@example.org", Password: "p"}, "user"},
		"a user to nowhere":  {Config{User: "u", Password: "p"}, "server"},
		"a sender to nobody": {Config{From: "desk@example.org"}, ""},
	} {
		err := c.cfg.Check()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
