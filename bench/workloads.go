package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"guildhall/bench/place"
	"guildhall/e2e/client"
)

// create books free hours, each client on a machine of its own, and holds it
// against the floor with as many clients.
func (s *session) create() error {
	s.say("## Booking\n\nDurable bookings a second: over the API (sign-in looked up, rules asked, price worked out, occupancy and audit written, JSON), and the floor.\n")
	s.say("| clients | bookings/s | median | 99 of 100 within | floor/s | times the floor |\n|---:|---:|---:|---:|---:|---:|")
	var memory int64
	for _, clients := range []int{1, 8, 64} {
		least, err := floor(s.ctx, s.dir, clients, s.span)
		if err != nil {
			return fmt.Errorf("floor: %w", err)
		}
		p, dir, err := s.furnish(fmt.Sprintf("create-%d", clients), clients, clients, 0)
		if err != nil {
			return err
		}
		v, err := s.serve(dir)
		if err != nil {
			return err
		}
		defer v.stop()
		all, err := s.clients(v, clients)
		if err != nil {
			return err
		}
		var hour atomic.Int64
		hour.Store(48)
		r, err := load(s.ctx, clients, s.span, func(ctx context.Context, c int) (string, error) {
			n := int(hour.Add(1))
			_, a, err := all[c].Book(ctx, wish(p, c, n))
			if err == nil && a.Status != http.StatusCreated {
				err = fmt.Errorf("%s", a)
			}
			return "booked", err
		})
		if err != nil {
			return err
		}
		memory = v.resident()
		v.stop()
		s.say("| %d | %s | %s | %s | %s | %.2f |", clients, grouped(r.perSecond("booked")), ms(r.at(.5)), ms(r.at(.99)),
			grouped(least.perSecond("stored")), r.perSecond("booked")/least.perSecond("stored"))
	}
	s.say("\nResident memory after the last of these: %d MB.\n", memory>>20)
	return nil
}

// fight lets 64 clients ask for the same machine and hour, hour after hour.
func (s *session) fight() error {
	const clients = 64
	p, dir, err := s.furnish("fight", 1, clients, 0)
	if err != nil {
		return err
	}
	v, err := s.serve(dir)
	if err != nil {
		return err
	}
	defer v.stop()
	all, err := s.clients(v, clients)
	if err != nil {
		return err
	}
	start, hours, wrong := time.Now(), 0, 0
	for ; time.Since(start) < s.span; hours++ {
		var won, lost, failed atomic.Int64
		var wait sync.WaitGroup
		for _, c := range all {
			wait.Go(func() {
				_, a, err := c.Book(s.ctx, wish(p, 0, 48+hours))
				switch {
				case err == nil && a.Status == http.StatusCreated:
					won.Add(1)
				case err == nil && a.Status == http.StatusConflict:
					lost.Add(1)
				default:
					failed.Add(1)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 || lost.Load() != clients-1 {
			wrong++
		}
	}
	took := time.Since(start)
	s.say("## The same hour\n\n%d clients ask for one machine and hour at once, hour after hour: %s hours in %.1f s, %s answers a second, %d hours that did not have exactly one winner and %d refusals.\n",
		clients, grouped(hours), took.Seconds(), grouped(float64(hours*clients)/took.Seconds()), wrong, clients-1)
	if wrong > 0 {
		return fmt.Errorf("%d hours went to none or to several", wrong)
	}
	return nil
}

// boards opens the day and the week of 50 machines with ever more bookings stored.
func (s *session) boards() error {
	s.say("## The board\n\nThe manager's day and week of 50 machines, %d bookings a day, as a page over HTTP, one request after the other.\n", 50*place.PerDay)
	s.say("| bookings stored | file | day, median | day, 95 of 100 | week, median | week, 95 of 100 | day page | ready after | resident |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
	var first, last time.Duration
	for _, stored := range []int{10_000, 100_000, 1_000_000} {
		if stored > s.most {
			break
		}
		p, dir, err := s.furnish(fmt.Sprintf("board-%d", stored), 50, 64, stored)
		if err != nil {
			return err
		}
		v, err := s.serve(dir)
		if err != nil {
			return err
		}
		defer v.stop()
		web, err := s.browse(v)
		if err != nil {
			return err
		}
		var r [2]run
		for i, view := range []string{"day", "week"} {
			address := v.base + "/s/" + p.Slug + "/today?view=" + view
			for range 5 { // the first looks fill caches
				if _, _, err := fetch(web, address); err != nil {
					return err
				}
			}
			if r[i], err = load(s.ctx, 1, s.span, func(context.Context, int) (string, error) { _, _, err := fetch(web, address); return "seen", err }); err != nil {
				return err
			}
			if view == "day" {
				last = r[i].at(.5)
			}
		}
		size, _, err := fetch(web, v.base+"/s/"+p.Slug+"/today?view=day")
		if err != nil {
			return err
		}
		if first == 0 {
			first = last
		}
		s.say("| %s | %s MB | %s | %s | %s | %s | %s kB | %s | %d MB |", grouped(stored), grouped(fileSize(dir)>>20), ms(r[0].at(.5)), ms(r[0].at(.95)),
			ms(r[1].at(.5)), ms(r[1].at(.95)), grouped(size>>10), ms(v.ready), v.resident()>>20)
		v.stop()
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	s.say("\nThe day with the most bookings stored takes %.2f times that with the fewest.\n", float64(last)/float64(first))
	return nil
}

func fileSize(dir string) int64 {
	info, err := os.Stat(dir + "/guildhall.db")
	if err != nil {
		return 0
	}
	return info.Size()
}

// starts measures from the start of the process to its first yes at /readyz.
func (s *session) starts() error {
	dir := s.dir + "/start"
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	var times []time.Duration
	var fresh time.Duration
	var memory int64
	for i := range 6 {
		v, err := s.serve(dir)
		if err != nil {
			return err
		}
		memory = v.resident()
		v.stop()
		if i == 0 {
			fresh = v.ready
			continue
		}
		times = append(times, v.ready)
	}
	slices.Sort(times)
	s.say("## Starting\n\nFrom the start of the process to the first yes of `/readyz`: %s on an empty folder (the schema is made), %s when started again (median of %d). Resident memory then: %d MB.\n",
		ms(fresh), ms(times[len(times)/2]), len(times), memory>>20)
	return nil
}

// page adds up what a phone loads to book for the first time.
func (s *session) page() error {
	p, dir, err := s.furnish("page", 5, 2, 200)
	if err != nil {
		return err
	}
	v, err := s.serve(dir)
	if err != nil {
		return err
	}
	defer v.stop()
	web, err := s.browse(v)
	if err != nil {
		return err
	}
	web.Transport = asBrowser{http.DefaultTransport}
	total, parts := int64(0), []string{}
	size, _, err := fetch(web, v.base+"/s/"+p.Slug+"/machines/lathe-1/book")
	if err != nil {
		return err
	}
	total += size
	parts = append(parts, fmt.Sprintf("page %.1f kB", float64(size)/1024))
	plain := &http.Client{Jar: web.Jar}
	_, html, err := fetch(plain, v.base+"/s/"+p.Slug+"/machines/lathe-1/book")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	queue := regexp.MustCompile(`(?:href|src)="(/static/[^"#]+)`).FindAllStringSubmatch(html, -1)
	for len(queue) > 0 {
		address := queue[0][1]
		queue = queue[1:]
		if seen[address] {
			continue
		}
		seen[address] = true
		size, _, err := fetch(web, v.base+address)
		if err != nil {
			return err
		}
		total += size
		name, _, _ := strings.Cut(address[strings.LastIndex(address, "/")+1:], "?")
		parts = append(parts, fmt.Sprintf("%s %.1f", name, float64(size)/1024))
	}
	s.say("## The booking page\n\n%.1f kB on a first visit, as it goes over the wire: %s.\n", float64(total)/1024, strings.Join(parts, ", "))
	return nil
}

// asBrowser asks for compressed answers and leaves them so, to count what goes over the wire.
type asBrowser struct{ http.RoundTripper }

// RoundTrip sends the request as a browser would.
func (a asBrowser) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	return a.RoundTripper.RoundTrip(r)
}

// wish is a machine for an hour, so many hours from the last midnight.
func wish(p *place.Place, machine, hour int) client.Wish {
	return client.Wish{Resource: string(p.Machines[machine]), StartsAt: p.Hour(hour), EndsAt: p.Hour(hour + 1)}
}
