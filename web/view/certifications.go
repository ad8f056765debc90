package view

import (
	"guildhall/internal/certifications"
)

// CertificationsProps is what the page of certifications shows.
type CertificationsProps struct {
	Kinds []certifications.Kind
	Form  CertificationForm // for one more
}

// CertificationForm is a kind of certification as it stands in a form.
type CertificationForm struct {
	ID, Version                            string // empty: a new one
	Code, NameEN, NameZH, AboutEN, AboutZH string
	ValidDays                              string
	Errors                                 Errors
}

// FormOf is a kind as its form first shows it.
func FormOf(c certifications.Kind) CertificationForm {
	return CertificationForm{
		ID: c.ID.String(), Version: versionOf(c.Version), Code: c.Code, NameEN: c.Name.EN, NameZH: c.Name.ZH,
		AboutEN: c.About.EN, AboutZH: c.About.ZH, ValidDays: versionOf(c.ValidDays),
	}
}

// validFor says how long a certification holds: in years where they are whole.
func validFor(f Frame, days int64) string {
	if days%365 == 0 {
		return f.T("certifications.years", "Count", days/365)
	}
	return f.T("certifications.days", "Count", days)
}
