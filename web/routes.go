package web

import (
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/imports"
	"guildhall/web/static"
)

// register lists every address of the house with the operation it is for. The
// table of operations (internal/actor/authz.csv) says which role may; a handler
// is reached only by those, and its service looks closer.
func (s *Server) register() {
	// For everyone: the house itself.
	s.get("/", s.front, "public.read")
	s.get("/static/*", files, "shell.read")
	s.get("/sw.js", plain("sw.js"), "shell.read")
	s.get("/manifest.webmanifest", plain("manifest.webmanifest"), "shell.read")
	s.get("/favicon.ico", plain("icon-192.png"), "shell.read")
	s.post("/preferences", s.prefer, "shell.read")
	s.post("/reports/csp", s.policyReport, "shell.read")

	// For everyone: who are you?
	s.get("/sign-up", s.signUpPage, "auth.public")
	s.post("/sign-up", s.signUp, "auth.public")
	s.get("/sign-up/sent", s.signUpSent, "auth.public")
	s.get("/confirm", s.confirmPage, "auth.public")
	s.post("/confirm", s.confirm, "auth.public")
	s.get("/sign-in", s.signInPage, "auth.public")
	s.post("/sign-in", s.signIn, "auth.public")
	s.post("/sign-in/code", s.signInCode, "auth.public")
	s.post("/sign-in/letter", s.letterAgain, "auth.public")
	s.get("/sign-in/with", s.goVouch, "auth.public")
	s.get("/sign-in/back", s.comeBack, "auth.public")
	s.post("/sign-in/passkey", s.signInPasskey, "auth.public")
	s.post("/sign-in/passkey/options", s.signInPasskeyAsk, "auth.public")
	s.post("/sign-out", s.signOut, "auth.public")
	s.get("/password-reset", s.resetPage, "auth.public")
	s.post("/password-reset", s.resetRequest, "auth.public")
	s.get("/password-reset/sent", s.resetSent, "auth.public")
	s.get("/password-reset/confirm", s.resetFormPage, "auth.public")
	s.post("/password-reset/confirm", s.reset, "auth.public")

	// For each their own: the account.
	s.get("/me", s.me, "account.own")
	s.post("/me", s.editMe, "account.own")
	s.post("/me/confirm", s.confirmAgain, "account.own")
	s.get("/me/password", s.passwordPage, "account.own")
	s.post("/me/password", s.changePassword, "account.own")
	s.get("/me/email", s.emailPage, "account.security")
	s.post("/me/email", s.emailChange, "account.email")
	s.get("/email/confirm", s.emailLink("confirm"), "auth.public")
	s.post("/email/confirm", s.emailConfirm, "auth.public")
	s.get("/email/object", s.emailLink("object"), "auth.public")
	s.post("/email/object", s.emailObject, "auth.public")
	s.get("/me/calendar", s.calendarPage, "account.own")
	s.post("/me/calendar", s.newCalendar, "account.own")
	s.post("/me/calendar/revoke", s.revokeCalendar, "account.own")
	s.get("/sessions", s.sessions, "account.own")
	s.post("/sessions/:session/end", s.endSession, "account.own")
	s.post("/sessions/end-others", s.endOtherSessions, "account.own")
	s.get("/me/again", s.againPage, "account.prove")
	s.post("/me/again", s.prove, "account.prove")
	s.get("/me/again/elsewhere", s.goConfirm, "account.prove")
	s.post("/me/lock", s.lock, "account.prove")
	s.post("/me/again/passkey/options", s.provePasskeyAsk, "account.prove")
	s.get("/me/enrol", s.enrolPage, "account.prove")
	s.get("/me/security", s.securityPage, "account.security")
	s.get("/me/link/new", s.goLink, "account.identity")
	s.get("/me/link", s.linkPage, "account.identity")
	s.post("/me/link", s.linkKept, "account.identity")
	s.post("/me/identities/:identity/unlink", s.unlink, "account.identity")
	s.get("/me/tokens", s.tokensPage, "account.security")
	s.post("/me/tokens", s.tokenMake, "account.token")
	s.post("/me/tokens/:token/revoke", s.tokenRevoke, "account.security")
	s.get("/me/authenticator", s.authenticatorPage, "account.enrol")
	s.post("/me/authenticator/begin", s.authenticatorBegin, "account.enrol")
	s.post("/me/authenticator", s.authenticatorFinish, "account.enrol")
	s.post("/me/authenticator/remove", s.authenticatorRemove, "account.factor")
	s.post("/me/recovery-codes", s.recoveryCodes, "account.factor")
	s.get("/me/passkeys/new", s.passkeyPage, "account.enrol")
	s.post("/me/passkeys/options", s.passkeyAsk, "account.enrol")
	s.post("/me/passkeys", s.passkeyAdd, "account.enrol")
	s.post("/me/passkeys/:passkey", s.passkeyRename, "account.security")
	s.post("/me/passkeys/:passkey/remove", s.passkeyRemove, "account.factor")
	s.get("/security", s.housePage, "security.read")
	s.post("/security", s.houseSave, "security.edit")
	s.get("/me/data", s.dataPage, "privacy.own")
	s.post("/me/data", s.dataAsk, "privacy.own")
	s.post("/me/data/:export/fetch", s.dataFetch, "privacy.own")
	s.post("/me/data/erase", s.dataErase, "privacy.own")
	s.get("/calendar/:token", s.calendarFeed, "calendar.feed")

	// For everyone: a space, and what stands in it.
	s.get("/s/:space", s.space, "public.read")
	s.get("/s/:space/machines", s.machines, "equipment.read")
	s.get("/s/:space/machines/:machine", s.machine, "equipment.read")

	// For members: booking.
	s.get("/s/:space/machines/:machine/book", s.bookForm, "booking.quote")
	s.post("/s/:space/machines/:machine/book", s.book, "booking.create")
	s.get("/bookings", s.bookings, "booking.read")
	s.get("/bookings/:id", s.bookingPage, "booking.read")
	s.get("/bookings/:id/calendar.ics", s.bookingCalendar, "booking.read")
	s.get("/bookings/:id/move", s.moveForm, "booking.change")
	s.post("/bookings/:id/move", s.move, "booking.change")
	s.post("/bookings/:id/extend", s.bookingExtend, "booking.change")
	s.post("/bookings/:id/cancel", s.bookingCancel, "booking.cancel")
	s.post("/bookings/:id/restore", s.bookingRestore, "booking.cancel")
	s.post("/bookings/:id/check-in", s.bookingCheckIn, "booking.check_in")
	s.post("/bookings/:id/check-out", s.bookingCheckOut, "booking.check_in")
	s.post("/bookings/:id/no-show", s.bookingNoShow, "booking.no_show")
	s.get("/offline", s.offline, "booking.read")

	// For those who work here: the day.
	s.get("/s/:space/today", s.today, "board.read")
	s.get("/jobs", s.failedJobs, "jobs.read")
	s.post("/jobs/:job/resend", s.jobResend, "jobs.read")

	// For programs: the API itself is web/api's.
	s.get("/api/openapi.json", s.openAPI, "public.read")
	s.get("/api/docs", s.apiDocs, "public.read")

	// For those who work here: the people.
	s.get("/s/:space/people", s.people, "member.search")
	s.get("/s/:space/for", s.forWhom, "member.search")
	s.get("/s/:space/people.csv", s.peopleCSV, "member.export")
	s.get("/s/:space/people/new", s.personNew, "member.create")
	s.post("/s/:space/people", s.personCreate, "member.create")
	s.get("/s/:space/people/:member", s.person, "member.read")
	s.post("/s/:space/people/:member", s.personEdit, "member.edit")
	s.post("/s/:space/people/:member/role", s.personRole, "member.roles")
	s.post("/s/:space/people/:member/suspend", s.personSuspend, "member.suspend")
	s.post("/s/:space/people/:member/reinstate", s.personReinstate, "member.suspend")
	s.post("/s/:space/people/:member/memberships/:membership/end", s.personUnsubscribe, "membership.edit")
	s.post("/s/:space/people/:member/certifications", s.personCertify, "certification.grant")
	s.post("/s/:space/people/:member/certifications/:grant/revoke", s.personRevoke, "certification.grant")
	s.aboutPeople()
	s.frontDesk()
	s.post("/s/:space/people/:member/certifications/:grant/undo", s.grantUndo, "certification.undo")
	s.get("/s/:space/people/:member/certifications/:grant", s.grantPage, "certification.look")
	s.get("/s/:space/people/:member/certifications/:grant/photo", s.grantPhoto, "certification.photo")
	s.get("/s/:space/people/:member/certify", s.certifyForm, "certification.look")
	s.upload("/s/:space/people/:member/certify", s.certifyWith, "certification.look")
	s.get("/s/:space/people/:member/stamps", s.personStamps, "certification.stamps")
	s.get("/me/stamps", s.myStamps, "stamps.own")
	s.get("/s/:space/people/:member/erase", s.erasePage, "privacy.erase")
	s.post("/s/:space/people/:member/erase", s.erasePerson, "privacy.erase")
	s.intake()
	s.profiles()
	s.proofs()
	s.merging()

	// Certifications, and the sessions that lead to them.
	s.get("/s/:space/certifications", s.certifications, "certification.read")
	s.post("/s/:space/certifications", s.certificationCreate, "certification.edit")
	s.get("/s/:space/certifications/:certification", s.certification, "certification.edit")
	s.post("/s/:space/certifications/:certification", s.certificationEdit, "certification.edit")
	s.get("/s/:space/certifications/:certification/holders", s.certificationHolders, "certification.holders")
	s.get("/s/:space/certifications/:certification/holders.csv", s.certificationHoldersCSV, "member.export")
	s.get("/s/:space/events", s.events, "event.read")
	s.get("/s/:space/events/new", s.eventNew, "event.edit")
	s.post("/s/:space/events", s.eventCreate, "event.edit")
	s.get("/s/:space/events/:event", s.event, "event.read")
	s.get("/s/:space/events/:event/edit", s.eventChange, "event.edit")
	s.post("/s/:space/events/:event", s.eventEdit, "event.edit")
	s.post("/s/:space/events/:event/cancel", s.eventCancel, "event.edit")
	s.post("/s/:space/events/:event/register", s.eventRegister, "event.register")
	s.post("/s/:space/events/:event/leave", s.eventLeave, "event.register")

	// What is read and signed, and who answers for minors.
	s.get("/s/:space/documents", s.documents, "document.read")
	s.get("/s/:space/documents/:document", s.document, "document.read")
	s.post("/s/:space/documents/:document", s.documentSign, "document.sign")
	s.get("/s/:space/documents/new", s.documentNew, "document.edit")
	s.post("/s/:space/documents", s.documentCreate, "document.edit")
	s.get("/s/:space/documents/:document/edit", s.documentEdit, "document.edit")
	s.post("/s/:space/documents/:document/edit", s.documentSave, "document.edit")
	s.get("/s/:space/documents/:document/publish", s.documentPublishing, "document.edit")
	s.post("/s/:space/documents/:document/publish", s.documentPublish, "document.edit")
	s.post("/s/:space/documents/:document/retire", s.documentRetire, "document.edit")
	s.get("/s/:space/documents/:document/signatures", s.documentSigners, "acceptance.list")
	s.get("/s/:space/documents/:document/signatures.csv", s.documentSignersCSV, "member.export")
	s.get("/me/documents", s.myDocuments, "consent.choose")
	s.get("/acceptances/:acceptance/copy.pdf", s.acceptanceCopy, "acceptance.read")
	s.get("/me/consents", s.myConsents, "consent.choose")
	s.post("/me/consents", s.myConsentsSet, "consent.choose")
	s.get("/me/guardian", s.myGuardian, "guardian.ask")
	s.post("/me/guardian", s.myGuardianAsk, "guardian.ask")
	s.post("/me/guardian/:guardianship/resend", s.myGuardianResend, "guardian.ask")
	s.post("/me/birthday", s.myBirthday, "birthday.say")
	s.get("/me/children", s.children, "guardian.own")
	s.get("/me/children/:guardianship", s.child, "guardian.own")
	s.post("/me/children/:guardianship", s.childConsent, "guardian.own")
	s.post("/me/children/:guardianship/withdraw", s.childDecline, "guardian.own")
	s.post("/me/children/:guardianship/consents", s.childChoose, "guardian.own")
	s.get("/me/children/:guardianship/data", s.wardData, "privacy.ward")
	s.post("/me/children/:guardianship/data", s.wardDataAsk, "privacy.ward")
	s.post("/me/children/:guardianship/data/:export/fetch", s.wardDataFetch, "privacy.ward")
	s.post("/me/children/:guardianship/data/erase", s.wardErase, "privacy.ward")
	s.get("/guardian", s.child, "guardian.answer")
	s.post("/guardian", s.childConsent, "guardian.answer")
	s.post("/guardian/withdraw", s.childDecline, "guardian.answer")
	s.get("/s/:space/people/:member/documents", s.personPapers, "paper.read")
	s.post("/s/:space/people/:member/documents/birthday", s.personBirthday, "paper.record")
	s.post("/s/:space/people/:member/documents/guardians", s.personGuardian, "guardian.record")
	s.post("/s/:space/people/:member/documents/guardians/:guardianship/end", s.personGuardianEnd, "guardian.record")
	s.post("/s/:space/people/:member/documents/:document", s.personSign, "acceptance.record")
	s.get("/s/:space/minors", s.minors, "supervised.edit")
	s.post("/s/:space/minors", s.minorsSet, "supervised.edit")

	s.planRoutes()

	s.get("/pictures/:picture", s.picture, "public.read")

	// The space itself.
	s.get("/setup", s.setup, "space.setup")
	s.post("/setup", s.setupRun, "space.setup")
	s.get("/spaces/new", s.spaceNew, "space.create")
	s.post("/spaces", s.spaceCreate, "space.create")
	s.get("/s/:space/details", s.details, "space.edit")
	s.post("/s/:space/details", s.detailsSave, "space.edit")
	s.get("/s/:space/front", s.frontPage, "front.edit")
	s.post("/s/:space/front", s.frontSave, "front.edit")
	s.get("/s/:space/hours", s.hours, "space.edit")
	s.post("/s/:space/hours", s.hoursSet, "space.edit")
	s.post("/s/:space/holidays", s.holidayAdd, "space.edit")
	s.post("/s/:space/holidays/:holiday/remove", s.holidayRemove, "space.edit")

	// What stands in it.
	s.get("/s/:space/equipment", s.inventory, "equipment.out_of_service")
	s.get("/s/:space/equipment.csv", s.inventoryFile, "equipment.edit")
	s.get("/s/:space/equipment/new", s.resourceNew, "equipment.edit")
	s.post("/s/:space/equipment", s.resourceCreate, "equipment.edit")
	s.get("/s/:space/equipment/:resource", s.resource, "equipment.out_of_service")
	s.post("/s/:space/equipment/:resource", s.resourceSave, "equipment.edit")
	s.post("/s/:space/equipment/:resource/out", s.resourceOut, "equipment.out_of_service")
	s.post("/s/:space/equipment/:resource/back", s.resourceBack, "equipment.back_in_service")
	s.upload("/s/:space/equipment/:resource/picture", s.resourcePicture, "equipment.edit")
	s.get("/s/:space/equipment/:resource/rules", s.rules, "rules.edit")
	s.post("/s/:space/equipment/:resource/rules", s.rulesSave, "rules.edit")
	s.post("/s/:space/equipment/:resource/rules/add", s.ruleAdd, "rules.edit")
	s.post("/s/:space/equipment/:resource/rules/:rule/remove", s.ruleRemove, "rules.edit")
	s.get("/s/:space/equipment/:resource/prices", s.prices, "rules.edit")
	s.post("/s/:space/equipment/:resource/prices", s.pricesSave, "rules.edit")
	s.get("/s/:space/equipment/:resource/closures", s.closures, "closure.edit")
	s.post("/s/:space/equipment/:resource/closures", s.closureAdd, "closure.edit")
	s.post("/s/:space/equipment/:resource/closures/:closure/lift", s.closureLift, "closure.edit")
	s.imports(importing{service: s.Equipment, kind: imports.Resources, columns: equipment.ImportColumns, example: s.exampleMachine, home: "equipment"}, "equipment.import")
	s.get("/s/:space/rules", s.rulebook, "rules.edit")
	s.get("/s/:space/rules/:scope", s.rules, "rules.edit")
	s.post("/s/:space/rules/:scope", s.rulesSave, "rules.edit")
	s.post("/s/:space/rules/:scope/add", s.ruleAdd, "rules.edit")
	s.post("/s/:space/rules/:scope/:rule/remove", s.ruleRemove, "rules.edit")
	s.get("/s/:space/areas", s.areas, "equipment.edit")
	s.post("/s/:space/areas", s.areaAdd, "equipment.edit")
	s.get("/s/:space/areas/:area", s.area, "equipment.edit")
	s.post("/s/:space/areas/:area", s.areaSave, "equipment.edit")
	s.post("/s/:space/areas/:area/remove", s.areaRemove, "equipment.edit")

	s.registerTeams()

	if s.Config.Dev {
		s.get("/dev/gallery", s.gallery, "public.read")
		s.get("/dev/clock", onlyHere(s.devClock), "dev.tools")
		s.post("/dev/clock", onlyHere(s.devClockSet), "dev.tools")
		s.get("/dev/mail", onlyHere(s.devMail), "dev.tools")
	}
}

func (s *Server) get(path string, h echo.HandlerFunc, op actor.Operation) {
	s.handle(http.MethodGet, path, h, op)
}

func (s *Server) post(path string, h echo.HandlerFunc, op actor.Operation) {
	s.handle(http.MethodPost, path, h, op)
}

// upload is post for a form that carries a file.
func (s *Server) upload(path string, h echo.HandlerFunc, op actor.Operation) {
	s.uploads[path] = true
	s.post(path, func(c echo.Context) error {
		// What is no form at all is for h to say.
		if form, err := c.MultipartForm(); err == nil && !areText(form.Value) {
			return errIllegible
		}
		return h(c)
	}, op)
}

// handle registers an address for the operation that the table gives it.
func (s *Server) handle(method, path string, h echo.HandlerFunc, op actor.Operation) {
	rule, ok := actor.Table[op]
	if !ok {
		panic(fmt.Sprintf("web: %s %s is for %q, which is not in authz.csv", method, path, op))
	}
	if !slices.Contains(rule.Routes, method+" "+path) {
		panic(fmt.Sprintf("web: authz.csv does not give %s %s to %q", method, path, op))
	}
	s.routes[method+" "+path] = true
	s.router.Add(method, path, func(c echo.Context) error {
		if err := once(c); err != nil {
			return err
		}
		if err := s.enter(c, op); err != nil {
			return err
		}
		return h(c)
	})
}

// several are the parameters of which an address may hold more than one.
var several = map[string]bool{"override": true}

var errTwice = fault.Invalid("", "web.twice", "{{.Field}} stands in the address more than once. Take one away.")

// once refuses an address that says two things at once.
func once(c echo.Context) error {
	for name, values := range c.QueryParams() {
		if len(values) > 1 && !several[name] {
			return errTwice.With("Field", name)
		}
	}
	return nil
}

// enter finds the space of the address and turns away whom the table denies.
func (s *Server) enter(c echo.Context, op actor.Operation) error {
	if err := s.arrive(c); err != nil {
		return err
	}
	who, role := by(c), s.role(c)
	leads := who.LedAnywhere()
	if c.Param("space") != "" {
		_, leads = who.Led(visitOf(c).space.ID)
	}
	return actor.Table[op].Admit(who, role, leads, s.Clock.Now())
}

// role is what the person is in the space of the address, or, where the address
// has none, the most they are anywhere: at least a member of the house, once
// signed in.
func (s *Server) role(c echo.Context) actor.Role {
	who := by(c)
	if c.Param("space") != "" {
		return who.Role(visitOf(c).space.ID)
	}
	if role := who.Highest(); role != actor.Visitor || !who.SignedIn() {
		return role
	}
	return actor.Member
}

// audited compares what the router has with the table, for addresses that were
// not registered by handle: those of the API.
func (s *Server) audited() {
	known := map[string]bool{}
	for _, rule := range actor.Table {
		for _, route := range rule.Routes {
			known[route] = true
		}
	}
	var unknown []string
	for _, r := range s.router.Routes() {
		route := r.Method + " " + r.Path
		s.routes[route] = true
		if !known[route] && r.Method != echo.RouteNotFound {
			unknown = append(unknown, route)
		}
	}
	if len(unknown) > 0 {
		sort.Strings(unknown)
		panic("web: not in authz.csv: " + strings.Join(unknown, ", "))
	}
}

func files(c echo.Context) error {
	static.ServeHTTP(c.Response(), c.Request())
	return nil
}

// plain serves a file of static under an address without a hash.
func plain(name string) echo.HandlerFunc { return echo.WrapHandler(static.Plain(name)) }
