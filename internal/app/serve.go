package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"guildhall/migrations"
)

// How long the server bears with a client: a header that dribbles in, a body, an
// answer that nobody takes, a connection on which nothing happens; and how long
// it works on one request at most.
const (
	headerWithin = 10 * time.Second
	bodyWithin   = 45 * time.Second
	answerWithin = 75 * time.Second
	idleFor      = 2 * time.Minute
	workFor      = 60 * time.Second
	headerLimit  = 64 << 10
)

// graceFor is how long requests in flight have to finish when the program is told to stop.
const graceFor = 20 * time.Second

// readiness says whether the program takes requests.
type readiness struct{ serving atomic.Bool }

// Run listens, works jobs and answers until ctx ends; then it takes no more
// connections, lets requests in flight and jobs under way finish, and returns.
// listening, if not nil, is called once it answers.
func (a *App) Run(ctx context.Context, listening func(net.Addr)) error {
	if again, err := a.Privacy.Remember(ctx); err != nil {
		return err
	} else if again > 0 {
		a.Log.Warn("this data is older than some erasures; they were done again", "people", again)
	}
	public, err := a.listen(a.Config.Address())
	if err != nil {
		return err
	}
	servers := []server{{public, a.httpServer(a.Handler())}}
	if a.Config.Metrics != "" {
		internal, err := net.Listen("tcp", a.Config.Metrics)
		if err != nil {
			public.Close()
			return fmt.Errorf("listen for metrics: %w", err)
		}
		servers = append(servers, server{internal, a.httpServer(a.metrics.handler())})
	}
	if a.Config.Exposed() {
		a.Log.Warn("people elsewhere are served in the clear: put a proxy with TLS in front and set --base-url, or give --tls-cert and --tls-key", "listen", a.Config.Address())
	}

	// Jobs stop after the last request, which may still add one.
	working, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	defer stopJobs()
	group, failed := errgroup.WithContext(ctx)
	group.Go(func() error { return a.Jobs.Run(working) })
	for _, s := range servers {
		group.Go(s.serve)
	}
	group.Go(func() error {
		<-failed.Done() // told to stop, or one of them can't go on
		a.ready.serving.Store(false)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), graceFor)
		defer cancel()
		var err error
		for _, s := range servers {
			err = errors.Join(err, s.stop(grace))
		}
		stopJobs()
		return err
	})
	a.ready.serving.Store(true)
	if listening != nil {
		listening(public.Addr())
	}
	return group.Wait()
}

// listen is where the public comes, with TLS if there is a certificate.
func (a *App) listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if a.Config.TLSCert == "" {
		return l, nil
	}
	cert, err := tls.LoadX509KeyPair(a.Config.TLSCert, a.Config.TLSKey)
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}), nil
}

// server is one listener and who answers on it.
type server struct {
	listener net.Listener
	http     *http.Server
}

func (s server) serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", s.listener.Addr(), err)
	}
	return nil
}

// stop lets requests in flight finish; those that don't within ctx are cut.
func (s server) stop(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.Join(fmt.Errorf("requests were still in flight after %s", graceFor), s.http.Close())
	}
	return err
}

func (a *App) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerWithin,
		ReadTimeout:       bodyWithin,
		WriteTimeout:      answerWithin,
		IdleTimeout:       idleFor,
		MaxHeaderBytes:    headerLimit,
		// What a client gets wrong on the wire is no news of ours.
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelDebug),
	}
}

// Handler is everything the public can ask: the pages, the API, and for whoever
// watches over the program /healthz (it runs) and /readyz (it can serve).
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { tell(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", a.readyz)
	for _, asked := range []string{"/healthz", "/readyz"} {
		mux.HandleFunc(asked, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", "GET, HEAD")
			tell(w, http.StatusMethodNotAllowed, "only asked with GET")
		})
	}
	mux.Handle("/", a.web)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), workFor)
		defer cancel()
		mux.ServeHTTP(w, r.WithContext(ctx))
	})
}

// readyz says whether a request would be served: not before the start, not while
// stopping, and not without a database that has the schema of this program.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if !a.ready.serving.Load() {
		tell(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	has, newest, err := migrations.Version(ctx, a.DB)
	switch {
	case err != nil:
		a.Log.Warn("not ready", "error", err)
		tell(w, http.StatusServiceUnavailable, "no database")
	case has != newest:
		tell(w, http.StatusServiceUnavailable, "another schema")
	default:
		tell(w, http.StatusOK, "ready")
	}
}

func tell(w http.ResponseWriter, status int, word string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprintln(w, word) // nobody is left to tell if it fails
}
