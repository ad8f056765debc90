package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"guildhall/internal/jobs"
	"guildhall/web/view"
)

// failedJobs lists what was tried and failed, for managers.
func (s *Server) failedJobs(c echo.Context) error {
	failures, next, err := s.Jobs.Failed(c.Request().Context(), jobs.Page{Cursor: c.QueryParam("cursor")})
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.page(c, f.Titled(f.T("jobs.title")), view.Jobs(f, view.JobsProps{Failures: failures, Next: next}))
}

// jobResend has a failed job tried again at once.
func (s *Server) jobResend(c echo.Context) error {
	number, err := strconv.ParseInt(c.Param("job"), 10, 64)
	if err != nil {
		return jobs.ErrNoJob
	}
	if err := s.Jobs.Resend(c.Request().Context(), number); err != nil {
		return err
	}
	return s.redirect(c, "/jobs", view.Flash{Text: s.frame(c).T("jobs.resent")})
}
