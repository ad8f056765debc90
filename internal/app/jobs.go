package app

import (
	"time"

	"guildhall/internal/jobs"
)

// schedule says who works which job, and what comes back when. A job is worked
// at least once and each of these does only what is due, so none minds a repeat.
func (a *App) schedule() {
	// When something has happened.
	jobs.Handle(a.Jobs, a.Auth.Write) // a letter about one's account: confirm, reset, changed
	a.Booking.Work(a.Jobs)            // a letter about a booking: booked, moved, cancelled
	a.Teams.Work(a.Jobs)              // a letter about a team: invited, somebody joined, removed
	a.Certifications.Work(a.Jobs)     // a letter about a certification: granted, ending, lapsed, revoked
	a.Proofs.Work(a.Jobs)             // a letter about a proof that was looked at
	a.Members.Work(a.Jobs)            // a letter about one's standing: suspended, reinstated
	a.Consent.Work(a.Jobs)            // letters to guardians and about new texts
	a.Privacy.Work(a.Jobs)            // the file of everything about somebody

	a.Plans.Work(a.Jobs)  // a letter about one's membership: joined, renewed, paused, ended
	a.Intake.Work(a.Jobs) // the next lines of a file of people, or of one that is taken back

	// By the clock.
	a.Jobs.Every("booking.release_holds", time.Minute, a.Booking.ReleaseHolds) // choices nobody made in ten minutes
	a.Jobs.Every("booking.settle", time.Minute, a.Booking.Settle)              // what is over is done, or a no-show
	a.Jobs.Every("members.lift_over", time.Minute, a.Members.LiftOver)         // suspensions that have run out
	a.Jobs.Every("members.watch", time.Hour, a.Members.Watch)                  // no-shows, where a space has a rule about them
	a.Jobs.Every("plans.renew", time.Minute, a.Plans.RenewDue)                 // periods that are over, memberships that have ended
	a.Jobs.Every("certifications.upkeep", time.Hour, a.Certifications.Upkeep)  // letters before they end, and what lapsed unused
	a.Jobs.Every("desk.close_days", time.Hour, a.Desk.CloseDays)               // who left without a word is not here tomorrow
	a.Jobs.Every("auth.sweep", time.Hour, a.Auth.Sweep)                        // tries, links and sessions that have ended
	a.Jobs.Every("consent.come_of_age", time.Hour, a.Consent.ComeOfAge)        // whose 18th birthday it is
	a.Jobs.Every("members.spell", 24*time.Hour, a.Members.Spell)               // names written down before they were spelt
	a.Jobs.Every("idempotency.forget", time.Hour, a.Idempotency.Forget)        // keys of requests long done
	a.Jobs.Every("imports.forget", time.Hour, a.Imports.Forget)                // the content of files, after a month
	a.Jobs.Every("mail.forget", 24*time.Hour, a.Mail.Forget)                   // records of messages, after a month
	a.Jobs.Every("privacy.sweep", time.Hour, a.Privacy.Sweep)                  // files that nobody fetched in a week
}
