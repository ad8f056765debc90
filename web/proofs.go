package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/proofs"
	"guildhall/web/view"
)

// proofs are the addresses of what people hand in.
func (s *Server) proofs() {
	const person = "/s/:space/people/:member/proofs"
	s.get("/me/proofs", s.proofsOf, "proof.read")
	s.upload("/me/proofs", s.proofSend, "proof.send")
	s.post("/me/proofs/:proof/remove", s.proofRemove, "proof.send")
	s.get(person, s.proofsOf, "proof.read")
	s.upload(person, s.proofSend, "proof.send")
	s.post(person+"/:proof/remove", s.proofRemove, "proof.send")
	s.get("/proofs/:proof", s.proofFile, "proof.read")
	s.get("/s/:space/proofs", s.proofQueue, "proof.review")
	s.post("/s/:space/proofs/:proof", s.proofReview, "proof.review")
}

// whoseProofs is the person of the address, or who asks; and where their proofs are.
func whoseProofs(c echo.Context, f view.Frame) (member id.ID, at, back string) {
	if c.Param("member") == "" {
		return by(c).Member, "/me/proofs", "/me"
	}
	member = memberOf(c)
	return member, f.At("people", member.String(), "proofs"), f.At("people", member.String())
}

func (s *Server) proofsOf(c echo.Context) error { return s.proofsAgain(c, nil) }

func (s *Server) proofsAgain(c echo.Context, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.ProofsProps{Errors: view.Refused(f, refused), Kind: c.FormValue("kind")}
	var back string
	var err error
	p.Member, p.At, back = whoseProofs(c, f)
	if p.Proofs, err = s.Proofs.Proofs(ctx, by(c), f.Space.ID, p.Member); err != nil {
		return err
	}
	f = f.Titled(f.T("proofs.title"))
	if p.Member != by(c).Member {
		m, err := s.Members.Member(ctx, p.Member)
		if err != nil {
			return err
		}
		f = f.Titled(f.T("proofs.of", "Name", m.Name))
	}
	return s.show(c, refusedStatus(refused), f.Under(back), view.Proofs(f, p))
}

func (s *Server) proofSend(c echo.Context) error {
	f := s.frame(c)
	member, at, _ := whoseProofs(c, f)
	err := s.handIn(c, member)
	if fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		return s.proofsAgain(c, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, at, view.Flash{Text: f.T("proofs.said.sent")})
}

func (s *Server) handIn(c echo.Context, member id.ID) error {
	if _, err := c.MultipartForm(); err != nil {
		return proofs.ErrType.Because(err)
	}
	head, err := c.FormFile("file")
	if err != nil {
		return proofs.ErrType.Because(err)
	}
	file, err := head.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = s.Proofs.HandIn(c.Request().Context(), by(c), here(c).ID, member, proofs.Kind(c.FormValue("kind")), head.Filename, file)
	return err
}

func (s *Server) proofRemove(c echo.Context) error {
	f := s.frame(c)
	member, at, _ := whoseProofs(c, f)
	err := s.Proofs.Remove(c.Request().Context(), by(c), f.Space.ID, member, id.ID(c.Param("proof")))
	if fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		return s.proofsAgain(c, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, at, view.Flash{Text: f.T("proofs.said.removed")})
}

// proofFile is the file itself: always to be saved, never shown as a page of this house.
func (s *Server) proofFile(c echo.Context) error {
	p, err := s.Proofs.Open(c.Request().Context(), by(c), id.ID(c.Param("proof")))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(p.Name))
	return c.Blob(http.StatusOK, p.MediaType, p.Body)
}

// proofQueue is what waits to be looked at.
func (s *Server) proofQueue(c echo.Context) error { return s.proofQueueAgain(c, "", nil) }

func (s *Server) proofQueueAgain(c echo.Context, form string, refused error) error {
	f := s.frame(c)
	page := max(number[int](c, "page"), 1)
	list, total, err := s.Proofs.Waiting(c.Request().Context(), by(c), f.Space.ID, (page-1)*proofs.PageSize, proofs.PageSize)
	if err != nil {
		return err
	}
	f = f.Titled(f.T("proofs.queue")).Under(f.At("people"))
	return s.show(c, refusedStatus(refused), f, view.ProofQueue(f, view.ProofQueueProps{Waiting: list, Total: total, Page: page, Form: form, Errors: view.Refused(f, refused), Typed: c.FormValue}))
}

func (s *Server) proofReview(c echo.Context) error {
	proof := c.Param("proof")
	v := proofs.Verdict{
		Accept: c.FormValue("verdict") == "accept", Reason: c.FormValue("reason-" + proof),
		ExpiresOn: clock.Day(c.FormValue("expires_on-" + proof)), Version: number[int64](c, "version"),
	}
	_, err := s.Proofs.Review(c.Request().Context(), by(c), here(c).ID, id.ID(proof), v)
	if f, ok := fault.As(err); ok && f.Field != "" {
		err = f.On(f.Field + "-" + proof)
	}
	if fault.All(err) != nil && statusOf(err) != http.StatusNotFound {
		return s.proofQueueAgain(c, proof, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("proofs"), view.Flash{Text: f.T("proofs.said.reviewed")})
}

// waitingFor are those of whom a proof waits, where the address asks for them; nil where it does not.
func (s *Server) waitingFor(c echo.Context, f view.Frame) ([]id.ID, error) {
	if c.QueryParam("proofs") == "" {
		return nil, nil
	}
	people, err := s.Proofs.WithProofs(c.Request().Context(), by(c), f.Space.ID, proofs.Waiting)
	if people == nil {
		people = []id.ID{}
	}
	return people, err
}
