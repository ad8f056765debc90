package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/i18n"
	"guildhall/web/api"
	"guildhall/web/view"
)

// mount puts the API on the router.
func (s *Server) mount(e *echo.Echo) *api.API {
	for _, path := range api.Imports {
		s.uploads[path] = true
	}
	services := api.Services{
		Clock: s.Clock, Keys: s.Keys, Auth: s.Auth, Spaces: s.Spaces, Members: s.Members, Intake: s.Intake, Plans: s.Plans, Proofs: s.Proofs, Profiles: s.Profiles, Reports: s.Reports, Billing: s.Billing,
		Certifications: s.Certifications, Privacy: s.Privacy, Desk: s.Desk,
		Equipment: s.Equipment, Booking: s.Booking, Consent: s.Consent, Events: s.Events, Teams: s.Teams,
	}
	return api.Mount(e, services, api.Door{
		Who: by, Locale: asked, From: s.from,
		Fault: func(c echo.Context, err error) {
			s.Log.Error("failed", "request", visitOf(c).id, "method", c.Request().Method, "route", c.Path(), "error", err.Error())
		},
		Request: func(c echo.Context) string { return visitOf(c).id },
	}, s.Config.Version)
}

// asked is the language a program asks for in its header, else that of its person's account.
func asked(c echo.Context) string {
	if wanted := c.Request().Header.Get("Accept-Language"); wanted != "" {
		return i18n.Match(wanted)
	}
	return locale(c)
}

// openAPI is the API's description for programs.
func (s *Server) openAPI(c echo.Context) error {
	text, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/vnd.oai.openapi+json;version=3.1", text)
}

// apiDocs is the same for people.
func (s *Server) apiDocs(c echo.Context) error {
	f := s.frame(c)
	var calls []view.Call
	for path, item := range s.api.OpenAPI().Paths {
		for method, op := range map[string]*api.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op == nil {
				continue
			}
			calls = append(calls, view.Call{Section: op.Tags[0], Method: method, Path: api.Prefix + path, Summary: op.Summary, Open: len(op.Security) == 0})
		}
	}
	slices.SortFunc(calls, func(a, b view.Call) int { return strings.Compare(a.Section+a.Path+a.Method, b.Section+b.Path+b.Method) })
	return s.page(c, f.Titled(f.T("api.title")), view.APIDocs(f, calls))
}
