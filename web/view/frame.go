// Package view is what pages look like: the layout, its parts, and one file for
// each section, all templ. A view is given data and fetches nothing.
package view

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/spaces"
	"guildhall/web/static"
)

// Frame is what every page needs, whatever it shows: who reads it, in which
// language and space, and at what time. Title, Back, Action and Task are the
// page's own to set.
type Frame struct {
	i18n.Printer
	Who    actor.Actor
	Role   actor.Role // in Space
	Space  spaces.Space
	Zone   *time.Location
	Now    clock.Instant
	Path   string // with its query, to come back to
	Theme  string // "light", "dark", or "" as the system has it
	Menu   []Item
	Spaces []Item // to go over to; none unless the reader is known in several
	Flash  *Flash
	Dev    bool

	Title  string
	Back   string // where the arrow of the top bar leads; empty: none
	Action Item   // what stands at the end of the top bar
	Task   bool   // one thing is being done here: the phone has no bottom bar
}

// Item is a link of the menu or the top bar.
type Item struct {
	Label, Icon, Href string
	Key               string // that goes there where scripts run: "n", "g t"
	Current           bool
}

// onPhone is how many items the bottom bar of a phone has room for.
const onPhone = 5

// bar is the menu as a phone has it: what stands in its bottom bar, and what is
// behind "More".
func (f Frame) bar() (shown, more []Item) {
	if len(f.Menu) <= onPhone {
		return f.Menu, nil
	}
	return f.Menu[:onPhone-1], f.Menu[onPhone-1:]
}

// Flash is a word about what was just done, said once. Undo, if set, is where a
// form may be posted for so many Seconds to take it back.
type Flash struct {
	Text    string
	Bad     bool   `json:",omitempty"`
	Undo    string `json:",omitempty"`
	Seconds int    `json:",omitempty"`
}

// Titled is the frame with this title.
func (f Frame) Titled(title string) Frame {
	f.Title = title
	return f
}

// Under is the frame with an arrow back to this address.
func (f Frame) Under(back string) Frame {
	f.Back = back
	return f
}

// Words is what a space wrote, in the reader's language or else the other.
func (f Frame) Words(t i18n.Text) string { return t.In(f.Locale) }

// May reports whether the reader has any part in an operation here. A
// view asks it to leave away what would be refused; the service decides.
func (f Frame) May(op actor.Operation) bool {
	_, leads := f.Who.Led(f.Space.ID)
	return actor.Table[op].Scope(f.Role, leads) != actor.None || f.Who.IsHouse()
}

// Staff reports whether the reader works here.
func (f Frame) Staff() bool { return f.Role.Staff() }

// At is an address of the space: At("machines") is "/s/harbour/machines".
func (f Frame) At(parts ...string) string {
	path := "/s/" + f.Space.Slug
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

// Lang is the document's language.
func (f Frame) Lang() string { return f.Locale }

// OtherLocale is the language to switch to, and its own name for itself.
func (f Frame) OtherLocale() (locale, name string) {
	if f.Locale == "zh-CN" {
		return "en", "English"
	}
	return "zh-CN", "中文"
}

// Known says to the script whether someone is signed in.
func (f Frame) Known() string {
	if f.Who.SignedIn() {
		return "member"
	}
	return "visitor"
}

func (f Frame) bodyClass() string {
	if f.Task {
		return "shell task"
	}
	return "shell"
}

// locks reports whether this screen locks when it is left alone.
func (f Frame) locks() bool { return f.Who.Highest() == actor.Desk && !f.Who.Locked }

// Here is what stands in the title bar of the browser.
func (f Frame) docTitle() string {
	name := f.Words(f.Space.Name)
	switch {
	case name == "":
		name = "Guildhall"
	case f.Title == name:
		return name
	}
	if f.Title == "" {
		return name
	}
	return f.Title + " – " + name
}

// PictureURL is where a picture is.
func PictureURL(picture id.ID) string { return "/pictures/" + picture.String() }

// With is an address with one value of its query replaced; an empty value takes it away.
func With(address, name, value string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Onward is an address from which one goes on to next, where that is not the start.
func Onward(address, next string) string {
	if next == "/" {
		return address
	}
	return With(address, "next", next)
}

// AtTheDoor reports whether an address is about signing in itself: nobody is led back there.
func AtTheDoor(address string) bool {
	for _, page := range []string{"/sign-in", "/sign-up", "/sign-out", "/confirm", "/password-reset"} {
		if rest, ok := strings.CutPrefix(address, page); ok && (rest == "" || strings.ContainsAny(rest[:1], "/?#")) {
			return true
		}
	}
	return false
}

// signIn is where to sign in to come back to this page; from one at the door, to where
// that leads on.
func (f Frame) signIn() string {
	if !AtTheDoor(f.Path) {
		return With("/sign-in", "next", f.Path)
	}
	if u, err := url.Parse(f.Path); err == nil && u.Query().Get("next") != "" {
		return With("/sign-in", "next", u.Query().Get("next"))
	}
	return "/sign-in"
}

// initials are the first letters of a name, for where the whole does not fit.
func initials(name string) string {
	var b strings.Builder
	for _, word := range strings.Fields(name) {
		r := []rune(word)[0]
		b.WriteRune(r)
		if r > 0x2E80 { // Han: the first two characters say more than the first of one word
			rest := []rune(word)
			return string(rest[:min(2, len(rest))])
		}
		if b.Len() >= 2 {
			break
		}
	}
	return strings.ToUpper(b.String())
}

func iconRef(name string) string { return static.URL("icons.svg") + "#" + name }

func itoa(n int) string { return strconv.Itoa(n) }

// dayOf is the day it is in the space.
func dayOf(f Frame) clock.Day { return clock.DayOf(f.Now, f.Zone) }
